import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dropAccessToken } from '@/api/access'
import type { CashPayer } from '@/api/cash'
import { Problem } from '@/api/problem'
import { amountFen, payableMonths } from '@/pages/cash/payer'
import { wordsFor } from '@/words/errors'
import { noticeWords } from '@/words/notices'
import { id, personName } from './mocks/county'
import { resetCash, takingsKept } from './mocks/cash-handlers'
import { notice } from './mocks/state'
import { walkAs, type Walk } from './support'

/** Cash: what an administrator taps together, what the second person sees, and what members read of it. */
const month = (text: string, state: CashPayer['months'][number]['state'], fen: number | null, paid = 0) => ({ month: text, state, amount_fen: fen, paid_fen: paid, held_until: null, receipt_id: null })
const payer: CashPayer = {
  member_id: id(1), name: '王桂兰', owed_fen: 1100,
  months: [month('2026-09', 'underpaid', 800, 500), month('2026-08', 'paid', 800, 800), month('2026-10', 'due', 800), month('2026-11', 'reserved', 800)],
  ahead: [month('2026-12', 'ahead', 800)],
}

describe('the months that can be taken', () => {
  it('are those open, the oldest first, and none that somebody else is paying', () => {
    expect(payableMonths(payer).map((one) => one.month)).toEqual(['2026-09', '2026-10', '2026-12'])
  })

  it('come to what is still missing of them', () => {
    expect(amountFen(payer, ['2026-09', '2026-10'])).toBe(1100)
    expect(amountFen(payer, ['2026-08', '2026-11'])).toBe(0)
  })
})

describe('the words of cash', () => {
  it('tell a member to compare what was entered in his name', () => {
    expect(noticeWords(notice(1, { kind: 'cash_confirmed' })).text).toContain('请看看和您交的是否一致')
  })

  it('say how much is left to hand in, and why the collector may not confirm', () => {
    expect(wordsFor(new Problem({ status: 409, code: 'dues.cash_not_enough', detail: { available_fen: 1600 } })).what).toContain('¥16.00')
    expect(wordsFor(new Problem({ status: 422, code: 'dues.same_person' })).what).toContain('不能自己核对')
    expect(wordsFor(new Problem({ status: 409, code: 'dues.month_reserved', detail: { month: '2026-09', own: true, channel: 'cash' } })).what).toContain('现金')
  })
})

describe('at the cash table', () => {
  let walk: Walk

  beforeEach(() => {
    window.localStorage.clear()
    window.sessionStorage.clear()
    document.body.innerHTML = ''
    dropAccessToken()
    resetCash()
  })
  afterEach(() => {
    walk.app.unmount()
    vi.unstubAllGlobals()
  })

  it('taps a member, counts, enters, and leaves the confirmation to another', async () => {
    walk = await walkAs('13800000002')
    await walk.go(`/desk/cash/${id(3)}/take`)
    await walk.press(personName(1))
    await walk.press('点清核对')
    await walk.see('手里的现金应当是')
    await walk.press('现金相符，登记')
    await walk.see('要由另一位支部管理员或上级党委管理员当面点清')
    expect([...takingsKept.values()].map((one) => one.taking.own)).toEqual([false, true])
    expect(document.body.textContent).not.toContain('钱数相符，入账')
  })

  it('confirms what another took, and says that it is booked', async () => {
    walk = await walkAs('13800000002')
    await walk.go(`/desk/cash/${id(3)}`)
    await walk.press(personName(4))
    await walk.press('钱数相符，入账')
    await walk.see('两个人都核对过，已经入账')
    const confirmations = walk.sent.filter((one) => one.path.endsWith('/confirmation'))
    expect(confirmations).toHaveLength(1)
    expect(confirmations[0]!.key).toBeTruthy()
  })

  it('shows cash in hand with its age and a slip that differs with both figures', async () => {
    walk = await walkAs('13800000002')
    await walk.go(`/desk/cash/${id(3)}?view=hand`)
    await walk.see('已经 18 天')
    await walk.go(`/desk/cash/${id(3)}?view=deposits`)
    await walk.see('银行流水')
    await walk.see('没有入账')
  })

  it('lists extras for the centre', async () => {
    walk = await walkAs('13800000003')
    await walk.go(`/desk/centre-extras/${id(1)}`)
    await walk.see('全额逐级上缴中央')
    await walk.see('已收到')
  })
})
