import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dropAccessToken } from '@/api/access'
import type { RemindResult } from '@/api/arrears'
import { router } from '@/app/router'
import { remindTitle, reminderWords, runWords, whyNot } from '@/words/arrears'
import { noticeWay, noticeWords } from '@/words/notices'
import { walkAs, type Walk } from './support'

/** Arrears from the branch's side: one tap, who was told and who not, a reason; and what the member himself reads. */
const SECRETARY = '13800000002'
let walk: Walk

beforeEach(() => {
  window.localStorage.clear()
  window.sessionStorage.clear()
  document.body.innerHTML = ''
  dropAccessToken()
})
afterEach(async () => {
  walk?.app.unmount()
  await router.replace('/nowhere')
  vi.unstubAllGlobals()
})

async function branch(): Promise<void> {
  walk = await walkAs(SECRETARY)
  await walk.go('/desk')
  await walk.press('欠缴情况')
  await walk.see('连续 8 个月没缴')
}

describe('a branch secretary looks at the ladder', () => {
  it('is asked before the whole ladder is reminded, and told who was and who was not and why', async () => {
    await branch()
    await walk.press('提醒全部')
    await walk.see('晚上九点到早上八点之间提交的，八点再发')
    expect(walk.sent.filter((one) => one.path.endsWith('/reminders'))).toHaveLength(0)
    const buttons = [...document.querySelectorAll<HTMLElement>('.ask-ways button')]
    buttons.find((one) => one.textContent?.trim() === '提醒')!.click()
    await walk.see('已提醒 1 人')
    await walk.see('一周内提醒过，2026年12月3日起可以再提醒')
    await walk.see('登记了正当理由，不提醒')
    expect(walk.sent.filter((one) => one.path.endsWith('/reminders') && one.key)).toHaveLength(1)
  }, 15_000)

  it('can not press the button of somebody who is left in peace', async () => {
    await branch()
    const lines = [...document.querySelectorAll('.arrears-line')]
    const can = lines.map((line) => !line.querySelector('button')!.disabled)
    expect(can).toEqual([false, false, true])
  }, 15_000)

  it('reads that nothing here changes a status', async () => {
    await branch()
    await walk.see('不改变任何人的党员身份')
  }, 15_000)

  it('records a reason, which stands on the page at once', async () => {
    await branch()
    await walk.press('连续 8 个月没缴')
    await walk.see('没有绑定微信，只发了站内通知')
    await walk.press('登记理由')
    await walk.type('到哪天止', '2027-01-31')
    await walk.type('理由', '外出务工，联系不便')
    const foot = [...document.querySelectorAll<HTMLElement>('.sheet-foot button')]
    foot.find((one) => one.textContent?.trim() === '登记')!.click()
    await walk.see('至2027年1月31日')
    await walk.press('撤销')
    await walk.see('撤销这条理由')
  }, 15_000)
})

describe('the words', () => {
  const result = (more: Partial<RemindResult>): RemindResult => ({ reminded: [], not_reminded: [], told_at: '2026-11-28T02:00:00Z', ...more })
  const now = new Date('2026-11-28T02:00:00Z')

  it('say when nobody is told, somebody now, somebody in the morning', () => {
    const one = [{ member_id: 'a', name: '王桂兰' }]
    expect(remindTitle(result({}), now)).toBe('这次没有提醒任何人')
    expect(remindTitle(result({ reminded: one }), now)).toBe('已提醒 1 人')
    expect(remindTitle(result({ reminded: one, told_at: '2026-11-29T00:00:00Z' }), now)).toBe('夜间不打扰，11月29日 08:00提醒 1 人')
  })

  it('tell a run and what is older', () => {
    expect(runWords({ unpaid_run: 2, since: '2026-09', owed_months: 5 })).toBe('自2026年9月起连续 2 个月没缴，另有 3 个月没缴清')
    expect(runWords({ unpaid_run: 0, since: null, owed_months: 3 })).toBe('以前有 3 个月没缴清')
    expect(whyNot('nothing_owed', null)).toBe('已经缴清，不用提醒')
  })

  it('tell what became of a reminder', () => {
    const reminder = { id: '', day: '', told_at: null, owed_months: null, owed_fen: null, asked_by: '' }
    expect(reminderWords({ ...reminder, state: 'waiting', wechat: null })).toContain('八点')
    expect(reminderWords({ ...reminder, state: 'dropped', wechat: null })).toContain('没有发出')
    expect(reminderWords({ ...reminder, state: 'told', wechat: 'sent' })).toBe('微信已发')
  })

  it('are kind to the member, name months and money, and lead to his own dues', () => {
    const notice = { id: '', kind: 'dues_reminder', told_at: '', read: false, months: ['2026-07', '2026-08'], amount_fen: 1600, reference: null }
    const words = noticeWords(notice)
    expect(words.text).toBe('您2026年7月至8月的党费还没有缴，共 16.00\u00a0元。方便时缴纳即可，有困难请告诉支部。')
    expect(words.text + words.title).not.toMatch(/逾期|必须|限期|基数|处理/)
    expect(noticeWay(notice)?.to).toBe('/dues')
  })
})
