import type { Pay, PayItem, ProfileClass } from '@/api/dues'
import { parseYuan } from './money'
import { plusMonths, type MonthText } from './months'

/** What is typed into a pay form, as text, and its translation into the contract's `Pay`. An empty line is no line. */
export interface PayDraft {
  amounts: Record<string, string>
  quarter: [string, string, string]
  followsEarlier: boolean
  earlier: string
}

export function emptyDraft(): PayDraft {
  return { amounts: {}, quarter: ['', '', ''], followsEarlier: false, earlier: '' }
}

const MONTHS_PER_QUARTER = 3

/** The three months of the quarter before the one that holds `month` (DUE-7). */
export function quarterBefore(month: MonthText): MonthText[] {
  const intoQuarter = (Number(month.slice(5)) - 1) % MONTHS_PER_QUARTER
  return [0, 1, 2].map((index) => plusMonths(month, index - intoQuarter - MONTHS_PER_QUARTER))
}

/** A loss stands below zero and is typed with a minus. */
function parseSigned(text: string): number | null {
  const trimmed = text.trim()
  if (!/^[-−－]/.test(trimmed)) return parseYuan(trimmed)
  const size = parseYuan(trimmed.slice(1))
  return size === null ? null : 0 - size
}

function taken(codes: readonly string[], draft: PayDraft): PayItem[] {
  return codes.flatMap((code) => {
    const fen = parseYuan(draft.amounts[code] ?? '')
    return fen === null || fen === 0 ? [] : [{ code, amount_fen: fen }]
  })
}

/** Codes of the lines whose text is not an amount. */
export function wrongLines(draft: PayDraft, rule: ProfileClass): string[] {
  const codes = [...rule.items, ...rule.deductions].map((item) => item.code)
  return codes.filter((code) => (draft.amounts[code] ?? '').trim() !== '' && parseYuan(draft.amounts[code] ?? '') === null)
}

export function payOf(draft: PayDraft, rule: ProfileClass, month: MonthText): Pay {
  const earlier = rule.may_follow_earlier && draft.followsEarlier ? parseYuan(draft.earlier) : null
  const months = quarterBefore(month)
  const quarter = rule.takes_quarter_income
    ? draft.quarter.flatMap((text, index) => {
        const fen = parseSigned(text)
        return fen === null ? [] : [{ month: months[index]!, amount_fen: fen }]
      })
    : []
  const follows = rule.may_follow_earlier && draft.followsEarlier
  return {
    counted: follows ? [] : taken(rule.items.filter((item) => item.counted).map((item) => item.code), draft),
    left_out: follows ? [] : taken(rule.items.filter((item) => !item.counted).map((item) => item.code), draft),
    deductions: follows ? [] : taken(rule.deductions.map((item) => item.code), draft),
    quarter_income: quarter,
    earlier_amount_fen: earlier,
  }
}

/** Whether there is anything to work out yet. */
export function hasFigures(pay: Pay): boolean {
  return Boolean(pay.counted?.length || pay.quarter_income?.length || pay.earlier_amount_fen != null)
}

function yuanText(fen: number): string {
  const rest = Math.abs(fen) % 100
  const yuan = (Math.abs(fen) - rest) / 100
  return `${fen < 0 ? '-' : ''}${yuan}${rest ? `.${String(rest).padStart(2, '0')}` : ''}`
}

/** A recorded assessment back into the form, to start the next version from it. */
export function draftOf(pay: Pay): PayDraft {
  const lines = [...(pay.counted ?? []), ...(pay.left_out ?? []), ...(pay.deductions ?? [])]
  const quarter = (pay.quarter_income ?? []).map((income) => yuanText(income.amount_fen))
  return {
    amounts: Object.fromEntries(lines.map((line) => [line.code, yuanText(line.amount_fen)])),
    quarter: [quarter[0] ?? '', quarter[1] ?? '', quarter[2] ?? ''],
    followsEarlier: pay.earlier_amount_fen != null,
    earlier: pay.earlier_amount_fen != null ? yuanText(pay.earlier_amount_fen) : '',
  }
}
