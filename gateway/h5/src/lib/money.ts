/**
 * Money as people read it. Amounts are integer fen everywhere; nothing here divides into fractions, so no sum can drift.
 */

const FEN_PER_YUAN = 100
const MAX_FEN = Number.MAX_SAFE_INTEGER

function assertFen(fen: number): void {
  if (!Number.isInteger(fen) || Math.abs(fen) > MAX_FEN) throw new RangeError(`not an amount in fen: ${fen}`)
}

/** `120050` becomes `1,200.50`; the sign stands in front. */
export function plainYuan(fen: number): string {
  assertFen(fen)
  const size = Math.abs(fen)
  const rest = size % FEN_PER_YUAN
  const yuan = String((size - rest) / FEN_PER_YUAN).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${fen < 0 ? '-' : ''}${yuan}.${String(rest).padStart(2, '0')}`
}

/** `2400` becomes `¥24.00`. */
export function formatFen(fen: number): string {
  return fen < 0 ? `-¥${plainYuan(-fen)}` : `¥${plainYuan(fen)}`
}

/** As it is read aloud: `24元`, `24元2角`, `24元2角5分`, `0元`. */
export function spokenFen(fen: number): string {
  assertFen(fen)
  const size = Math.abs(fen)
  const rest = size % FEN_PER_YUAN
  const yuan = (size - rest) / FEN_PER_YUAN
  const fenDigit = rest % 10
  const jiao = (rest - fenDigit) / 10
  const words = [yuan > 0 ? `${yuan}元` : '', jiao > 0 ? `${jiao}角` : '', fenDigit > 0 ? `${fenDigit}分` : ''].join('')
  return `${fen < 0 ? '负' : ''}${words || '0元'}`
}

const YUAN_TEXT = /^(\d{1,9})(?:\.(\d{0,2}))?$/

/** What a person typed into fen: `8.5` is 850. Null when it is not an amount with at most two decimals. */
export function parseYuan(text: string): number | null {
  const match = YUAN_TEXT.exec(text.trim().replace(/[,，\s]/g, ''))
  if (!match) return null
  return Number(match[1]) * FEN_PER_YUAN + Number((match[2] ?? '').padEnd(2, '0'))
}

const DIGITS = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'] as const
const PLACES = ['', '拾', '佰', '仟'] as const
const GROUPS = ['', '万', '亿', '万亿'] as const

/** Four digits in capital numerals; a run of zeros inside is one 零. */
function capitalGroup(group: string): string {
  let words = ''
  let zero = false
  for (const [index, digit] of [...group].entries()) {
    if (digit === '0') {
      zero = words !== ''
      continue
    }
    words += (zero ? '零' : '') + DIGITS[Number(digit)] + PLACES[group.length - 1 - index]
    zero = false
  }
  return words
}

function capitalYuan(yuan: number): string {
  const groups = String(yuan).replace(/\B(?=(\d{4})+$)/g, ',').split(',')
  let words = ''
  for (const [index, group] of groups.entries()) {
    const part = capitalGroup(group)
    const skipped = words !== '' && group.startsWith('0')
    if (part) words += (skipped && !words.endsWith('零') ? '零' : '') + part + GROUPS[groups.length - 1 - index]
  }
  return words
}

/** Amount in capital numerals as a receipt writes it: `2400` is 贰拾肆元整, `105` is 壹元零伍分. */
export function capitalFen(fen: number): string {
  assertFen(fen)
  if (fen < 0) return `负${capitalFen(-fen)}`
  const rest = fen % FEN_PER_YUAN
  const yuan = (fen - rest) / FEN_PER_YUAN
  const fenDigit = rest % 10
  const jiao = (rest - fenDigit) / 10
  const whole = yuan > 0 ? `${capitalYuan(yuan)}元` : ''
  if (rest === 0) return `${whole || '零元'}整`
  const tenths = jiao > 0 ? `${DIGITS[jiao]}角` : whole ? '零' : ''
  return whole + tenths + (fenDigit > 0 ? `${DIGITS[fenDigit]}分` : '整')
}

const BASIS_POINTS_PER_PERCENT = 100

/** A rate in hundredths of a percent: 50 is `0.5%`, 100 is `1%`. */
export function formatRate(basisPoints: number): string {
  assertFen(basisPoints)
  const rest = basisPoints % BASIS_POINTS_PER_PERCENT
  const whole = String((basisPoints - rest) / BASIS_POINTS_PER_PERCENT)
  return rest === 0 ? `${whole}%` : `${whole}.${String(rest).padStart(2, '0').replace(/0$/, '')}%`
}
