import type { MonthText } from './months'

/**
 * Which months may be paid together: a run without a gap from the oldest unpaid one (PAY-3), so that nobody pays
 * November and still owes September. `open` holds the payable months in order; paid and exempt months are not in it.
 */

/** Tapping a month takes everything up to it; tapping the last taken month gives it back. */
export function tapMonth(open: readonly MonthText[], taken: readonly MonthText[], tapped: MonthText): MonthText[] {
  const at = open.indexOf(tapped)
  if (at < 0) return [...taken]
  const isLastTaken = taken.length === at + 1
  return open.slice(0, isLastTaken ? at : at + 1)
}

/** What is offered first: everything owed up to the current month; with nothing owed, the next open month. */
export function firstOffer(open: readonly MonthText[], current: MonthText): MonthText[] {
  const owed = open.filter((month) => month <= current)
  return owed.length > 0 ? owed : open.slice(0, 1)
}

/** Whether the choice is a run from the oldest open month. The server decides again; this keeps a person from a refusal. */
export function isRunFromOldest(open: readonly MonthText[], taken: readonly MonthText[]): boolean {
  return taken.length > 0 && taken.length <= open.length && taken.every((month, index) => open[index] === month)
}

/** A choice kept on the phone may be older than the list: what is no longer open is dropped, from the first gap on. */
export function refit(open: readonly MonthText[], taken: readonly MonthText[]): MonthText[] {
  const kept: MonthText[] = []
  for (const month of open) {
    if (!taken.includes(month)) break
    kept.push(month)
  }
  return kept
}
