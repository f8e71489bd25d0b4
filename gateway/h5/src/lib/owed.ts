import type { MonthItemState, OwedMonth } from '@/api/dues'

/** States in which a month that is over or running waits for money. Who is on the delayed list may pay later, and may pay now (BOOK-1). */
const OWED: readonly MonthItemState[] = ['due', 'underpaid', 'delayed']

export function isOwed(state: MonthItemState): boolean {
  return OWED.includes(state)
}

export function isPayable(state: MonthItemState): boolean {
  return isOwed(state) || state === 'ahead'
}

/** What is still to be paid of a month. */
export function openFen(month: Pick<OwedMonth, 'amount_fen' | 'paid_fen'>): number {
  return Math.max(0, (month.amount_fen ?? 0) - month.paid_fen)
}

/** The months that wait for money, and what they come to: the sentence and the number that home and my dues begin with. */
export function owedOf(months: readonly OwedMonth[]): { months: OwedMonth[]; fen: number } {
  const owed = months.filter((month) => isOwed(month.state) && openFen(month) > 0)
  return { months: owed, fen: owed.reduce((sum, month) => sum + openFen(month), 0) }
}
