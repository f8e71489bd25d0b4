import type { Calculation, ExplanationLine } from '@/api/dues'
import { formatFen, formatRate, plainYuan } from '@/lib/money'
import { sayDay } from '@/lib/dates'
import { isMonth, monthName } from '@/lib/months'

/** The sentences of a bill that explains itself, keyed by the step of the working and, where it matters, by the rule behind it. */
function parameter(line: ExplanationLine, name: string): number | null {
  const text = line.parameters[name]
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : null
}

/** 3,000.00 元以上至 5,000.00 元（含）. */
function bracket(line: ExplanationLine): string {
  const above = parameter(line, 'above_fen') ?? 0
  const upTo = parameter(line, 'up_to_fen')
  if (upTo === null) return `${plainYuan(above)} 元以上`
  return above === 0 ? `${plainYuan(upTo)} 元及以下` : `${plainYuan(above)} 元以上至 ${plainYuan(upTo)} 元（含）`
}

const roundings: Record<string, string> = {
  half_up: '四舍五入到分',
  half_even: '四舍六入五成双到分',
  down: '舍去分以下的零头',
  to_jiao: '四舍五入到角',
}

export function lineTitle(line: ExplanationLine): string {
  switch (line.key) {
    case 'quarter_month':
      return isMonth(line.item ?? '') ? `${monthName(line.item ?? '')}纯收入` : '上季度纯收入'
    case 'base':
      return '党费基数'
    case 'rate':
      return '适用比例'
    case 'whole_base':
      return '计算'
    case 'rounded':
      return '取整'
    case 'capped':
      return '封顶'
    case 'flat_amount':
      return '固定标准'
    case 'relief':
      return line.parameters.kind === 'nil' ? '经批准免缴' : '经批准少缴'
    case 'earlier_amount':
      return '沿用以前的标准'
    default:
      return line.label || line.item || '项目'
  }
}

const leftOutByRule: Record<string, string> = {
  'DUE-3': '这一项不固定，或者不是普遍发放的，不计入党费基数。',
  'DUE-4': '这类补贴和单位缴存的部分，按规定不计入党费基数。',
  'DUE-8': '护理费、抚恤金等按规定不计入离退休党员的党费基数。',
}

const countedByRule: Record<string, string> = {
  'DUE-3': '这一项是比较固定、经常发放的收入，计入党费基数。',
  'DUE-6': '实行年薪制的，按当月实际领取的薪酬计算。',
  'DUE-8': '离退休党员按每月实际领取的离退休费或养老金计算。',
  'DUE-9': '有固定补贴的村（社区）干部，按当地口径以补贴计算。',
}

/** Both decisions with their days (DUE-11). */
function reliefWhy(line: ExplanationLine): string {
  const { from_month: from = '', to_month: to = '', decided_on: branch = '', answered_on: superior = '' } = line.parameters
  if (!isMonth(from) || !isMonth(to) || !branch || !superior) return '生活有困难的，经支部讨论、上级党委批准，可以少缴或免缴。'
  return `支部 ${sayDay(branch)}讨论，上级党委 ${sayDay(superior)}批准，从${monthName(from)}到${monthName(to)}。`
}

export function lineWhy(line: ExplanationLine): string {
  switch (line.key) {
    case 'item_counted':
      return countedByRule[line.rule] ?? countedByRule['DUE-3']!
    case 'item_left_out':
      return leftOutByRule[line.rule] ?? leftOutByRule['DUE-4']!
    case 'deduction':
      return '个人缴纳的税、社会保险、公积金和年金，从收入里扣除，不计入党费基数。'
    case 'quarter_month':
      return '不按月取得收入的，按上一季度的月平均纯收入计算。'
    case 'base':
      return '计入的各项加起来，减去扣除的各项，就是党费基数。'
    case 'rate':
      return `基数在 ${bracket(line)}，比例是 ${formatRate(parameter(line, 'rate_basis_points') ?? 0)}。刚好等于上限的，按低的一档。`
    case 'whole_base':
      return '整个基数按同一个比例计算，不分段累加。'
    case 'rounded':
      return `算出来不是整分的，按本县的规定${roundings[line.parameters.rounding ?? ''] ?? '取整'}。`
    case 'capped':
      return `每月党费一般以 ${formatFen(parameter(line, 'cap_fen') ?? 0)} 为限，多出的 ${formatFen(parameter(line, 'voluntary_remainder_fen') ?? 0)} 由本人自愿。`
    case 'flat_amount':
      return line.rule === 'DUE-9' ? '农民党员每月缴纳的金额由县里在规定范围内统一确定。' : '学生、下岗失业、靠抚恤救济或领取最低生活保障金的党员，每月缴纳固定金额。'
    case 'relief':
      return reliefWhy(line)
    case 'earlier_amount':
      return '离退休费难以分清各项的，可以沿用以前核定的金额。'
    default:
      return ''
  }
}

/** What stands at the right of a line: an amount, a rate, or the sum written out. */
export function lineValue(line: ExplanationLine, calculation: Calculation): string {
  if (line.key === 'rate') return formatRate(calculation.rate_basis_points ?? parameter(line, 'rate_basis_points') ?? 0)
  if (line.key === 'whole_base' && calculation.base_fen !== null && calculation.rate_basis_points !== null) {
    return `${plainYuan(calculation.base_fen)} × ${formatRate(calculation.rate_basis_points)}`
  }
  if (line.amount_fen == null) return ''
  return line.key === 'deduction' ? `-${formatFen(line.amount_fen)}` : formatFen(line.amount_fen)
}

export interface LineGroup {
  key: string
  title: string
  lines: ExplanationLine[]
}

const GROUPS: readonly { key: string; title: string; keys: readonly string[] }[] = [
  { key: 'counted', title: '计入的', keys: ['item_counted', 'quarter_month', 'earlier_amount', 'flat_amount'] },
  { key: 'left', title: '不计入的', keys: ['item_left_out'] },
  { key: 'taken', title: '扣除的', keys: ['deduction'] },
  { key: 'worked', title: '怎么算', keys: ['base', 'rate', 'whole_base', 'rounded', 'capped'] },
  { key: 'relief', title: '减免', keys: ['relief'] },
]

/** The lines in the order a person reads them; a step that is unknown here still shows, at the end. */
export function groupLines(lines: readonly ExplanationLine[]): LineGroup[] {
  const known = new Set(GROUPS.flatMap((group) => group.keys))
  const groups = GROUPS.map(({ key, title, keys }) => ({ key, title, lines: lines.filter((line) => keys.includes(line.key)) }))
  const rest = lines.filter((line) => !known.has(line.key))
  return [...groups, { key: 'rest', title: '其他', lines: rest }].filter((group) => group.lines.length > 0)
}
