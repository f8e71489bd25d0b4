import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dropAccessToken } from '@/api/access'
import { router } from '@/app/router'
import { noticeWay, noticeWords, unreadFigure } from '@/words/notices'
import { notice, notices } from './mocks/state'
import { walkAs, type Walk } from './support'

/** What a member is told, and how the bell says that there is something. */
describe('the words of a notice', () => {
  it('say whose months and how much, and no name', () => {
    expect(noticeWords(notice(1)).text).toBe('您2026年9月至11月的党费已由他人代缴，共 24.00\u00a0元。')
    expect(noticeWords(notice(1, { months: ['2026-12'], amount_fen: 20 })).text).toBe('您2026年12月的党费已由他人代缴，共 0.20\u00a0元。')
  })

  it('lead to the receipt', () => {
    expect(noticeWay(notice(1))).toEqual({ to: `/dues/receipts/${notice(1).reference!.id}`, words: '看票据', elder: '去看我的票据' })
    expect(noticeWay(notice(1, { reference: null }))).toBeNull()
  })

  it('hold for a kind and a reference that only a newer server knows', () => {
    const newer = notice(1, { kind: 'from_tomorrow', reference: { kind: 'from_tomorrow', id: notice(1).id } })
    expect(noticeWords(newer).text).toContain('重新打开')
    expect(noticeWay(newer)).toBeNull()
  })

  it('count to 99', () => {
    expect([1, 99, 100].map(unreadFigure)).toEqual(['1', '99', '99+'])
  })
})

describe('the inbox', () => {
  let walk: Walk

  beforeEach(() => {
    window.localStorage.clear()
    window.sessionStorage.clear()
    document.body.innerHTML = ''
    dropAccessToken()
    notices.length = 0
  })
  afterEach(async () => {
    walk.app.unmount()
    await router.replace('/nowhere')
    vi.unstubAllGlobals()
  })

  const told = () => walk.sent.filter((one) => one.path === '/v1/me/notices/read')

  it('is announced at home, read by looking, and quiet afterwards', async () => {
    notices.push(notice(2), notice(1, { read: true }))
    walk = await walkAs('13800000001')
    await walk.go('/')
    await walk.see('条通知您还没有看')
    expect(document.querySelector('.bell')?.getAttribute('aria-label')).toBe('我的通知，1条未读')
    await walk.press('去看看')
    await walk.see('已由他人代缴，共 24.00\u00a0元')
    expect(document.querySelectorAll('.told-new')).toHaveLength(1)
    await vi.waitFor(() => expect(told()).toHaveLength(1))
    expect(told()[0]!.key).not.toBeNull()
    await walk.go('/me')
    await walk.see('我的通知')
    await vi.waitFor(() => expect(document.querySelector('.unread')).toBeNull())
  })

  it('says what would be here while there is nothing, and marks nothing', async () => {
    walk = await walkAs('13800000001')
    await walk.go('/me/notices')
    await walk.see('还没有通知')
    expect(told()).toHaveLength(0)
  })

  it('is readable when the mark does not get through', async () => {
    notices.push(notice(1))
    walk = await walkAs('13800000001', { answer: (path) => (path === '/v1/me/notices/read' ? 404 : null) })
    await walk.go('/me/notices')
    await walk.see('已由他人代缴')
    await vi.waitFor(() => expect(told()).toHaveLength(1))
    expect(document.querySelector('.error')).toBeNull()
  })

  it('shows home without the figure when it can not be asked', async () => {
    walk = await walkAs('13800000001', { answer: (path) => (path === '/v1/me/notices' ? 503 : null) })
    await walk.go('/')
    await walk.see('等您办的事')
    expect(document.querySelector('.bell')?.getAttribute('aria-label')).toBe('我的通知')
  })
})
