import { afterEach, describe, expect, it, vi } from 'vitest'
import { dropAccessToken } from '@/api/access'
import { router } from '@/app/router'
import { id } from './mocks/county'
import { PATIENCE_MS, type Walk, walkAs } from './support'

/** The pages of reports and remittance, walked through over the made-up server. */
let walk: Walk
const COUNTY = '13800000003'

afterEach(async () => {
  walk.app.unmount()
  await router.replace('/nowhere')
  dropAccessToken()
  vi.unstubAllGlobals()
})

describe('the collection report', () => {
  it('tells each rate in figures, has its table beneath, and leads one level down with the choices kept', async () => {
    walk = await walkAs(COUNTY)
    await walk.go(`/desk/collection/${id(1)}?month=2026-08&way=behalf`)
    await walk.see('2026年8月')
    await walk.see('86.67%')
    expect(document.querySelectorAll('table').length).toBe(2)
    expect(document.querySelectorAll('[role="region"][aria-label]').length).toBe(2)
    await walk.press('黄甸镇党委')
    await vi.waitFor(() => expect(router.currentRoute.value.path).toBe(`/desk/collection/${id(2)}`))
    expect(router.currentRoute.value.query).toMatchObject({ month: '2026-08', way: 'behalf' })
  }, 15_000)

  it('says of the lowest level where each member is seen', async () => {
    walk = await walkAs(COUNTY)
    await walk.go(`/desk/collection/${id(3)}`)
    await walk.see('下面没有组织了')
  }, 15_000)

  it('says that totals and ledger agree, and asks before it adds up anew', async () => {
    walk = await walkAs(COUNTY)
    await walk.go('/desk/totals')
    await walk.see('没有不一致')
    await walk.press('按账簿重新汇总')
    await walk.see('不动账簿')
  }, 15_000)
})

describe('remittance', () => {
  it('is confirmed once, under a request id, after a question that names the money', async () => {
    walk = await walkAs(COUNTY)
    await walk.go(`/desk/remittances/${id(1)}`)
    await walk.see('上缴 B012〔2026〕000007号')
    await walk.see('没有设定')
    await walk.press('确认到账')
    await walk.see('这笔党费到账了？')
    await walk.press('确认到账')
    await vi.waitFor(() => expect(walk.sent.filter((call) => call.method === 'POST' && call.path.endsWith('/arrival'))).toHaveLength(1), { timeout: PATIENCE_MS })
    expect(walk.sent.find((call) => call.path.endsWith('/arrival'))!.key).toMatch(/^[0-9a-f-]{36}$/)
  }, 15_000)
})
