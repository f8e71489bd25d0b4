import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dropAccessToken } from '@/api/access'
import { router } from '@/app/router'
import { forgetMonth } from './mocks/months-handlers'
import { walkAs, type Walk } from './support'

/** Home's first card: what waits for an office, and nothing that somebody else has to decide. */
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

const asked = (ending: string) => walk.sent.filter((one) => one.path.endsWith(ending)).length

describe('what waits for an office', () => {
  it('is a month that came back, with the reason, and who has no assessment', async () => {
    walk = await walkAs('13800000002')
    await walk.go('/')
    await walk.see('的上报被退回：人数不对，请核对')
    await walk.see('名党员本月党费待核定')
    expect([asked('/refund-requests'), asked('/payment-exceptions')]).toEqual([0, 0])
  }, 10_000)

  it('is a relief to answer, payments that do not agree, and the refunds that another has asked for', async () => {
    walk = await walkAs('13800000003')
    await walk.go('/')
    await walk.see('1 份减免申请等您审批')
    await walk.see('1 笔退款等您审核')
    await walk.see('2 笔支付对不上，要人核实')
  }, 10_000)

  it('asks nothing for a member without an office', async () => {
    walk = await walkAs('13800000001')
    await walk.go('/')
    await walk.see('等您办的事')
    await walk.see('去缴纳')
    expect(walk.sent.map((one) => one.path).filter((path) => /refund|relief|report|exception/.test(path))).toEqual([])
  }, 10_000)
})
