import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dropAccessToken } from '@/api/access'
import { router } from '@/app/router'
import { orders, paidLines, receipts } from './mocks/state'
import { PATIENCE_MS, walkAs, type Walk } from './support'

/** Whole walks through the pages, from the first look to the end, over the made-up server. */
let walk: Walk

beforeEach(() => {
  window.localStorage.clear()
  window.sessionStorage.clear()
  document.body.innerHTML = ''
  dropAccessToken()
  orders.clear()
  receipts.length = 0
  paidLines.clear()
  window.WeixinJSBridge = {
    invoke: (_name, parameters, done) => {
      void fetch(`/mock/paid/${parameters.package!.slice('prepay_id='.length)}`, { method: 'POST' }).then(() => done({ err_msg: 'get_brand_wcpay_request:ok' }))
    },
  }
})
afterEach(async () => {
  walk.app.unmount()
  await router.replace('/nowhere')
  delete window.WeixinJSBridge
  vi.unstubAllGlobals()
})

async function chooseThree(): Promise<void> {
  await walk.go('/dues/others')
  await walk.press('我自己')
  await walk.press('张光荣')
  await walk.press('杨志强')
  await walk.press('选月份')
  await walk.see('从最早没缴的月份开始')
  await walk.press('核对并付款')
  await walk.see('请核对')
}

describe('a member pays for himself and two others in one order', () => {
  it('from the list to one receipt each', async () => {
    walk = await walkAs('13800000001')
    await chooseThree()
    await walk.press('确认缴纳 ¥48.40')
    await walk.see('您可以离开这一页')
    await walk.see('缴纳成功')
    await walk.press('看票据')
    await walk.see('每人一张，共3张')
    expect(receipts.map((receipt) => receipt.amount_fen).sort((a, b) => a - b)).toEqual([40, 2400, 2400])
  }, 15_000)

  /** Three tries whose answers are lost, the page closed, opened and sent again: the request ids that the server saw. */
  async function keysOverReload(betweenTries: () => void): Promise<(string | null)[]> {
    let lost = 3
    walk = await walkAs('13800000001', { isDown: (path) => path === '/v1/dues/orders' && (lost -= 1) >= 0 })
    await chooseThree()
    await walk.press('确认缴纳')
    await walk.see('不会重复提交，也不会重复扣款')
    // The page is closed and opened again; only the phone's own memory is left.
    walk.app.unmount()
    document.body.innerHTML = ''
    const before = walk.sent
    betweenTries()
    walk = await walkAs('13800000001')
    await walk.go('/')
    await walk.go('/dues/pay')
    await walk.press('核对并付款')
    await walk.press('确认缴纳')
    await walk.see('缴纳成功')
    return [...before, ...walk.sent].filter((one) => one.method === 'POST' && one.path === '/v1/dues/orders').map((one) => one.key)
  }

  it('places one order though the answer was lost, even over a reload', async () => {
    const keys = await keysOverReload(() => undefined)
    expect(keys).toHaveLength(4)
    expect(new Set(keys).size).toBe(1)
  }, 20_000)

  it('twin: without the id kept on the phone the server would see two orders', async () => {
    const keys = await keysOverReload(() => window.localStorage.removeItem('requests-awaiting-an-answer'))
    expect(new Set(keys).size).toBe(2)
  }, 20_000)

  it('shows no base of anybody and keeps no name on the phone', async () => {
    walk = await walkAs('13800000001')
    await chooseThree()
    expect(document.body.textContent).not.toContain('党费基数')
    const kept = JSON.stringify({ ...window.localStorage, ...window.sessionStorage })
    expect(kept).toContain('basket')
    expect(kept).not.toContain('张光荣')
  })
})

describe('a session that runs out in the middle', () => {
  async function signInAgain(phone: string): Promise<void> {
    let out = false
    walk = await walkAs('13800000001', { answer: (path) => (out && path !== '/v1/settings' ? 401 : null) })
    await chooseThree()
    out = true
    await walk.press('确认缴纳')
    await walk.see('登录已经过期，请重新登录')
    expect(window.sessionStorage.getItem('basket')).not.toBeNull()
    out = false
    await walk.type('手机号', phone)
    await walk.type('密码', 'a-password-1')
    await walk.press('登录')
  }

  it('loses nothing that was chosen', async () => {
    await signInAgain('13800000001')
    await walk.see('从最早没缴的月份开始')
    await walk.see('¥48.40')
  }, 15_000)

  it('shows nothing of it to another person who signs in', async () => {
    await signInAgain('13800000002')
    await walk.see('还没有选人')
    expect(window.sessionStorage.getItem('basket')).toBeNull()
  }, 15_000)
})

describe('who is not signed in', () => {
  it('is asked to sign in, and comes back to where he wanted to go', async () => {
    walk = await walkAs(null)
    await walk.go('/dues/receipts')
    await walk.see('手机号和密码')
    expect(router.currentRoute.value.query.next).toBe('/dues/receipts')
  })

  it('may use the calculator and check a receipt', async () => {
    walk = await walkAs(null)
    await walk.go('/calculator')
    await walk.see('党员类别')
    await walk.go('/check/no-such-receipt-code')
    await walk.see('没有查到这张票据')
  })

  it('is not asked for a password when only the line is down', async () => {
    walk = await walkAs(null, { isDown: () => true })
    await walk.go('/dues')
    await walk.see('没有连上服务器')
  })
})

describe('an area that is not open', () => {
  it('says so in plain words', async () => {
    walk = await walkAs('13800000001')
    await walk.go('/areas/transfers')
    await walk.see('筹备中')
    await walk.see('这一项还没有开放，现在不能办理')
  })
})

describe('an administrator', () => {
  it('sees who waits for an assessment and sets it with a live amount', async () => {
    walk = await walkAs('13800000002')
    await walk.go('/')
    await walk.press('去核定')
    await walk.see('待核定')
    await walk.press('事业单位工作人员')
    await walk.see('每月党费')
    await walk.see('历次核定')
    const asked = location.href
    await walk.press('确认核定')
    await vi.waitFor(() => expect(walk.sent.some((one) => one.method === 'POST' && one.path.endsWith('/assessments') && one.key)).toBe(true), { timeout: PATIENCE_MS })
    // The page goes on by itself: only then is this walk over.
    await vi.waitFor(() => expect(location.href).not.toBe(asked), { timeout: PATIENCE_MS })
  })

  it('does not reach the county pages of another office', async () => {
    walk = await walkAs('13800000002')
    await walk.go('/desk/exceptions')
    await walk.see('等您办的事')
  })
})
