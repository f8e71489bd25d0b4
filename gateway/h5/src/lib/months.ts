/** Calendar months as the contracts write them (`2026-09`), compared as text because that order is their order. */

export type MonthText = string

const MONTH_TEXT = /^\d{4}-(0[1-9]|1[0-2])$/
const MONTHS_PER_YEAR = 12

export function isMonth(text: string): boolean {
  return MONTH_TEXT.test(text)
}

function count(month: MonthText): number {
  if (!isMonth(month)) throw new RangeError(`not a month: ${month}`)
  return Number(month.slice(0, 4)) * MONTHS_PER_YEAR + Number(month.slice(5)) - 1
}

export function plusMonths(month: MonthText, months: number): MonthText {
  const total = count(month) + months
  return `${Math.floor(total / MONTHS_PER_YEAR)}-${String((total % MONTHS_PER_YEAR) + 1).padStart(2, '0')}`
}

/** How many months `later` lies after `earlier`; negative when before. */
export function monthsBetween(earlier: MonthText, later: MonthText): number {
  return count(later) - count(earlier)
}

/** The calendar month in Asia/Shanghai, which has no summer time: eight hours ahead of UTC. */
export function monthOfInstant(instant: Date): MonthText {
  return new Date(instant.getTime() + 8 * 3_600_000).toISOString().slice(0, 7)
}

/** `2026年9月`. */
export function monthName(month: MonthText): string {
  return `${month.slice(0, 4)}年${Number(month.slice(5))}月`
}

/** `9月`. */
export function shortMonth(month: MonthText): string {
  return `${Number(month.slice(5))}月`
}

/** One run of following months: `2026年9月至11月`, over a year's end `2026年11月至2027年1月`. */
export function runName(first: MonthText, last: MonthText): string {
  if (first === last) return monthName(first)
  const sameYear = first.slice(0, 4) === last.slice(0, 4)
  return `${monthName(first)}至${sameYear ? shortMonth(last) : monthName(last)}`
}

/** Several months in as few words as they need; a gap starts a new run. */
export function monthsName(months: readonly MonthText[]): string {
  const sorted = [...months].sort()
  const runs: [MonthText, MonthText][] = []
  for (const month of sorted) {
    const open = runs[runs.length - 1]
    if (open && monthsBetween(open[1], month) <= 1) open[1] = month
    else runs.push([month, month])
  }
  return runs.map(([first, last]) => runName(first, last)).join('、')
}
