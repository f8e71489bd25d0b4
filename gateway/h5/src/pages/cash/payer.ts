import type { CashPayer } from '@/api/cash'
import type { OwedMonth } from '@/api/dues'
import type { MonthText } from '@/lib/months'
import { isPayable, openFen } from '@/lib/owed'


/** The months that a member can pay now, the oldest first. */
export function payableMonths(payer: CashPayer): OwedMonth[] {
  return [...payer.months, ...payer.ahead]
    .filter((month) => isPayable(month.state) && openFen(month) > 0)
    .sort((a, b) => (a.month < b.month ? -1 : 1))
}

/** What the taken months come to. The server works it out anew (PAY-10). */
export function amountFen(payer: CashPayer, taken: readonly MonthText[]): number {
  return payableMonths(payer)
    .filter((month) => taken.includes(month.month))
    .reduce((sum, month) => sum + openFen(month), 0)
}
