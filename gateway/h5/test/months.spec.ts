import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dropAccessToken } from '@/api/access'
import { Problem } from '@/api/problem'
import { router } from '@/app/router'
import { wordsFor } from '@/words/errors'
import { lineTitle, lineWhy } from '@/words/explanation'
import { period } from '@/words/months'
import { id, personName } from './mocks/county'
import { forgetMonth } from './mocks/months-handlers'
import { walkAs, type Walk } from './support'

/** A month's way over the made-up server: from the two who have not paid to the report; a relief that waits for its answer. */
let walk: Walk

beforeEach(() => {
  window.localStorage.clear()
  window.sessionStorage.clear()
  document.body.innerHTML = ''
  dropAccessToken()
  forgetMonth()
})
afterEach(async () => {
  walk.app.unmount()
  await router.replace('/nowhere')
  vi.unstubAllGlobals()
})

async function delayOne(): Promise<void> {
  await walk.press('缓缴')
  await walk.see('金额不减')
  await walk.press('生病住院')
  await walk.press('列入缓缴名单')
}

describe('a branch reports its month', () => {
  it('sees who stands in the way by name, delays them and reports', async () => {
    walk = await walkAs('13800000002')
    await walk.go(`/desk/reports/${id(3)}`)
    await walk.see('人数不对，请核对')
    await walk.see(personName(4))
    await walk.see('还有 2 人没有缴')
    await delayOne()
    await walk.see('还有 1 人没有缴')
    await delayOne()
    await walk.press('上报')
    await walk.see('上级退回后才能重新上报')
    await walk.press('上报')
    await walk.see('支部已报')
    expect(walk.sent.filter((one) => one.method === 'POST' && !one.path.startsWith('/v1/sessions')).map((one) => one.path.split('/').pop())).toEqual(['delays', 'delays', 'report'])
  }, 20_000)
})

describe('a relief', () => {
  it('is approved with words', async () => {
    walk = await walkAs('13800000003')
    await walk.go(`/desk/reliefs/${id(1)}`)
    await walk.see('家中有人重病')
    await walk.press('批准')
    await walk.see('已经缴的不退、不改')
    await walk.type('审批意见', '情况属实')
    await walk.press('批准')
    await walk.see('已批准')
    expect(walk.sent.some((one) => one.path.endsWith('/answer') && one.key !== null)).toBe(true)
  }, 20_000)
})

describe('the words', () => {
  it('name who stands in the way, a few of them', async () => {
    walk = await walkAs(null)
    const people = Array.from({ length: 5 }, (_, index) => ({ name: `人${index}` }))
    const blocked = new Problem({ status: 409, code: 'dues.month_report_refused', detail: { reason: 'people_block', people, count: 7 } })
    expect(wordsFor(blocked).what).toBe('还有7人没有缴，也不在缓缴名单上：人0、人1、人2、人3、人4等。')
    const missing = new Problem({ status: 409, code: 'dues.month_not_to_settle', detail: { reason: 'organisations_missing', organisations: [{ name: '甲' }], count: 1 } })
    expect(wordsFor(missing).what).toBe('还有1个组织没有上报：甲。')
    const early = new Problem({ status: 409, code: 'dues.month_not_to_settle', detail: { reason: 'month_not_over' } })
    expect(wordsFor(early).what).toContain('还没有过完')
  })

  it('explain a relief with both decisions', () => {
    const parameters = { kind: 'nil', from_month: '2026-09', to_month: '2026-12', decided_on: '2026-09-10', answered_on: '2026-09-14' }
    const line = { key: 'relief', item: '', label: '', amount_fen: 0, sign: 0, rule: 'DUE-11', article: '', parameters }
    expect(lineTitle(line)).toBe('经批准免缴')
    expect(lineWhy(line)).toBe('支部 2026年9月10日讨论，上级党委 2026年9月14日批准，从2026年9月到2026年12月。')
  })

  it('say a period of one month once', () => {
    expect(period('2026-09', '2026-09')).toBe('2026年9月')
    expect(period('2026-09', '2026-12')).toBe('2026年9月至2026年12月')
  })
})
