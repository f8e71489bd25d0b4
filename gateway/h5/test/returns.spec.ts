import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dropAccessToken } from '@/api/access'
import { Problem } from '@/api/problem'
import type { RefundRequest } from '@/api/refunds'
import { mayConfirm, mayRecord } from '@/pages/refunds/returning'
import type { useSession } from '@/stores/session'
import { parsePercent } from '@/words/collection'
import { wordsFor } from '@/words/errors'
import { noticeWords } from '@/words/notices'
import { refundStandings, returnedWords, wayBack } from '@/words/refunds'
import { id } from './mocks/county'
import { countyRulesKept, resetReturns, returnsKept } from './mocks/returns-handlers'
import { notice } from './mocks/state'
import { walkAs, type Walk } from './support'

/** Cash that goes back: what the two persons tap and what its payer reads; and what the county sets itself. */
describe('the words of cash that goes back', () => {
  it('say that months stay paid until the money is there, and never promise WeChat', () => {
    expect(refundStandings.approved.more).toContain('仍算已缴')
    expect([wayBack.cash.form, wayBack.cash.review].join('')).not.toContain('微信')
    expect(noticeWords(notice(1, { kind: 'cash_refund_ready' })).text).toContain('领取')
  })

  it('name the voucher and both persons, so that the payer can compare', () => {
    const done = { channel: 'cash', voucher: '领-007', recorded_by_name: '郑守田', confirmed_by_name: '冯镇山' } as RefundRequest
    for (const word of ['领-007', '郑守田', '冯镇山']) expect(returnedWords(done)).toContain(word)
    expect(noticeWords(notice(1, { kind: 'cash_returned' })).text).toContain('请看看和您收到的是否一致')
  })

  it('say where else the money may come from', () => {
    expect(wordsFor(new Problem({ status: 409, code: 'dues.cash_return_refused', detail: { reason: 'box_too_low' } })).what).toContain('由财务转账')
  })
})

describe('a share as it is typed', () => {
  it.each([['30', 3000], ['12.5', 1250], ['0.05%', 5], ['100', 10_000], ['100.01', null], ['1.234', null], ['', null], ['-1', null]] as const)('%s is %s', (typed, points) => {
    expect(parsePercent(typed)).toBe(points)
  })
})

describe('at the desk', () => {
  let walk: Walk

  beforeEach(() => {
    window.localStorage.clear()
    window.sessionStorage.clear()
    document.body.innerHTML = ''
    dropAccessToken()
    resetReturns()
  })
  afterEach(() => {
    walk.app.unmount()
    vi.unstubAllGlobals()
  })

  it('one enters the signed voucher and leaves the confirmation to another', async () => {
    walk = await walkAs('13800000002')
    await walk.go(`/desk/cash-returns/${id(3)}`)
    await walk.press('登记已退现金')
    await walk.see('本人在领款单上签字')
    await walk.type('领款单号', '领-008')
    await walk.press('登记，请另一人核对')
    await walk.see('这笔是您登记的，要由另一个人核对')
    expect([...returnsKept.values()].map((one) => one.voucher)).toEqual(['领-008', '领-007'])
  })

  it('another confirms what he has seen signed, once', async () => {
    walk = await walkAs('13800000002')
    await walk.go(`/desk/cash-returns/${id(3)}`)
    await walk.press('核对无误，确认已退')
    await walk.see('确认后入账，不能撤回')
    await walk.press('确认已退')
    await walk.see('已核对，账目和票据已更新')
    const sent = walk.sent.filter((one) => one.path.endsWith('/confirmation'))
    expect(sent).toHaveLength(1)
    expect(sent[0]!.key).toBeTruthy()
  })

  it('home says how many wait for this person, and for none who may not', async () => {
    walk = await walkAs('13800000002')
    await walk.go('/')
    await walk.see('有 2 笔现金等着退还或核对')
    const item = [...returnsKept.values()][1]!
    const session = { holds: (...roles: string[]) => roles.includes('finance') } as ReturnType<typeof useSession>
    expect([mayConfirm(session, item), mayConfirm(session, { ...item, source: 'bank' }), mayConfirm(session, { ...item, source: 'bank', own: true })]).toEqual([false, true, false])
    expect([mayRecord(session, { ...item, state: 'waiting' }), mayRecord(session, { ...item, state: 'waiting', to_me: true })]).toEqual([true, false])
  })

  it('the county sets its share from a month on', async () => {
    walk = await walkAs('13800000003')
    await walk.go('/desk/county-rules')
    await walk.see('2017年1月起')
    await walk.type('本县上缴比例（%）', '30')
    await walk.press('年度公示列出党员姓名和缴纳金额')
    await walk.press('保存设置')
    await walk.see('年度公示会列出党员姓名')
    await walk.press('保存设置')
    await walk.see('本县上缴 30.00%')
    expect(countyRulesKept.items[0]).toMatchObject({ county_share: 3000, publish_names: true, city_to_province_share: 2000 })
  })
})
