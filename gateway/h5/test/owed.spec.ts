import { createPinia, setActivePinia } from 'pinia'
import { describe, expect, it } from 'vitest'
import type { MyDues, OwedMonth } from '@/api/dues'
import { owedOf } from '@/lib/owed'
import { selfOf } from '@/stores/basket'

function month(name: string, state: OwedMonth['state'], amount = 20, paid = 0): OwedMonth {
  return { month: name, state, amount_fen: amount, paid_fen: paid } as OwedMonth
}
const months = [month('2026-08', 'paid', 20, 20), month('2026-09', 'delayed'), month('2026-10', 'underpaid', 20, 5), month('2026-11', 'due'), month('2026-12', 'unassessed')]

describe('a month on the delayed list', () => {
  it('is still owed: its amount stays, and nobody is told that he has paid', () => {
    const owed = owedOf(months)
    expect(owed.months.map((one) => one.month)).toEqual(['2026-09', '2026-10', '2026-11'])
    expect(owed.fen).toBe(55)
  })

  it('can be paid, and comes before the months after it', () => {
    setActivePinia(createPinia())
    const dues = { months, ahead: [month('2027-01', 'ahead')], branch_name: '' } as unknown as MyDues
    expect(selfOf('id', '王建明', dues).open.map((one) => one.month)).toEqual(['2026-09', '2026-10', '2026-11', '2027-01'])
  })
})
