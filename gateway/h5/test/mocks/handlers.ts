import { http, HttpResponse, type RequestHandler } from 'msw'
import type { Me } from '@/api/members'
import { calculation, id, member, owed, profile } from './county'
import { arrearsHandlers } from './arrears-handlers'
import { cashHandlers } from './cash-handlers'
import { collectionHandlers } from './collection-handlers'
import { deskHandlers } from './desk-handlers'
import { monthsHandlers } from './months-handlers'
import { spendingHandlers } from './spending-handlers'
import { returnsHandlers } from './returns-handlers'
import { change, favourites, household, myDues, notices, orders, placeOrder, receipts, self, settle, starred, village } from './state'

/** The made-up server, as MSW handlers: for looking at the pages and for tests. Follows the contracts' shapes, not their rules. */
const COOKIE = 'mock-person'
const SETTLES_AFTER_MS = 1500

export function refuse(status: number, code: string, extra: Record<string, unknown> = {}) {
  return HttpResponse.json({ type: 'about:blank', title: code, status, code, trace_id: '4bf92f3577b34da6', ...extra }, { status })
}

const persons: Record<string, Me> = {
  '13800000001': me([]),
  '13800000002': { ...me([{ role: 'branch_admin', org_id: id(3), path: 'yt.t03.b012' }], ['黄甸镇桑坪村党支部']), member: member(7) },
  '13800000003': { ...me([{ role: 'county_admin', org_id: id(1), path: 'yt' }], ['中共盐亭县委员会']), has_second_factor: true },
}

function me(grants: Me['grants'], names: string[] = []): Me {
  return { member: self, county_name: '盐亭县', grants, grant_org_names: names, has_password: true, has_second_factor: false, wechat_bound: grants.length === 0 }
}

function personOf(request: Request): Me | null {
  const token = request.headers.get('Authorization')?.slice('Bearer '.length) ?? ''
  return persons[token] ?? null
}

function signedIn(phone: string) {
  return HttpResponse.json({ step: 'signed_in', access_token: phone }, { headers: { 'Set-Cookie': `${COOKIE}=${phone}; Path=/; HttpOnly` } })
}

const signInHandlers: RequestHandler[] = [
  http.get('*/v1/settings', () =>
    HttpResponse.json({ county_name: '盐亭县', simulated_money: true, wechat_app_id: 'wx0000', wechat_authorize_url: '/mock/authorize', wechat_bridge_url: '/mock/bridge.js' }),
  ),
  http.post('*/v1/sign-ins/password', async ({ request }) => {
    const body = (await request.json()) as { phone: string; password: string }
    if (!(body.phone in persons) || body.password === 'wrong') return refuse(401, 'members.sign_in_refused')
    if (body.phone === '13800000003') return HttpResponse.json({ step: 'second_factor', challenge: 'challenge-of-sixteen' })
    return signedIn(body.phone)
  }),
  http.post('*/v1/sign-ins/second-factor', () => signedIn('13800000003')),
  http.post('*/v1/sign-ins/wechat', () => HttpResponse.json({ step: 'binding', binding_token: 'binding-of-sixteen' })),
  http.post('*/v1/sign-ins/wechat-bindings', () => signedIn('13800000001')),
  http.post('*/v1/activations', () => signedIn('13800000001')),
  http.post('*/v1/sessions/refresh', ({ request, cookies }) => {
    const phone = cookies[COOKIE] ?? new RegExp(`${COOKIE}=(\\d+)`).exec(request.headers.get('Cookie') ?? '')?.[1]
    return phone ? HttpResponse.json({ access_token: phone }) : refuse(401, 'session.needed')
  }),
  http.delete('*/v1/sessions/current', () => new HttpResponse(null, { status: 204, headers: { 'Set-Cookie': `${COOKIE}=; Path=/; Max-Age=0` } })),
  http.delete('*/v1/sessions', () => new HttpResponse(null, { status: 204, headers: { 'Set-Cookie': `${COOKIE}=; Path=/; Max-Age=0` } })),
  http.get('*/v1/sessions', () =>
    HttpResponse.json({
      items: [
        { id: id(1), device: '安卓手机 · 微信', signed_in_at: '2026-11-01T01:00:00Z', last_used_at: new Date().toISOString(), current: true },
        { id: id(2), device: 'Windows 电脑 · 浏览器', signed_in_at: '2026-10-12T06:00:00Z', last_used_at: '2026-10-30T07:21:00Z', current: false },
      ],
    }),
  ),
  http.get('*/v1/me', ({ request }) => {
    const person = personOf(request)
    return person ? HttpResponse.json(person) : refuse(401, 'session.needed')
  }),
  http.get('*/v1/me/lookups', () =>
    HttpResponse.json({
      items: [
        { at: '2026-11-23T02:11:00Z', actor_role: 'branch_admin', actor_org_name: '黄甸镇桑坪村党支部', action: 'members.unmask', purpose: '联系本人：通知开会' },
        { at: '2026-11-02T08:40:00Z', actor_role: 'county_admin', actor_org_name: '中共盐亭县委员会', action: 'members.get_member', purpose: '' },
      ],
      next_cursor: null,
    }),
  ),
  http.get('*/v1/me/notices', ({ request }) => {
    const limit = Number(new URL(request.url).searchParams.get('limit'))
    return HttpResponse.json({ items: notices.slice(0, limit), next_cursor: null, unread: notices.filter((one) => !one.read).length })
  }),
  http.post('*/v1/me/notices/read', () => {
    for (const one of notices) one.read = true
    return HttpResponse.json({ unread: 0 })
  }),
  http.put('*/v1/me/password', () => new HttpResponse(null, { status: 204 })),
  http.post('*/v1/me/second-factor', () => HttpResponse.json({ secret: 'JBSWY3DPEHPK3PXPJBSWY3DP', uri: 'otpauth://totp/%E7%9B%90%E4%BA%AD?secret=JBSWY3DPEHPK3PXPJBSWY3DP&issuer=county' })),
  http.post('*/v1/me/second-factor/confirmation', () => new HttpResponse(null, { status: 204 })),
]

function page<T>(items: T[]) {
  return HttpResponse.json({ items, next_cursor: null })
}

const payingHandlers: RequestHandler[] = [
  http.get('*/v1/dues/rule-profile', () => HttpResponse.json(profile)),
  http.post('*/v1/dues/calculations', () => HttpResponse.json(calculation)),
  http.get('*/v1/dues/mine', () => HttpResponse.json(myDues())),
  http.get('*/v1/dues/mine/lookups', () => page([])),
  http.get('*/v1/dues/mine/:month/bill', ({ params }) => {
    const month = myDues().months.find((one) => one.month === params.month) ?? owed('due', 0, 800)
    return HttpResponse.json({
      member_id: self.id, month: params.month, state: month.state, amount_fen: month.amount_fen, paid_fen: month.paid_fen,
      member_class: 'public_institution', branch_name: self.branch_name, calculation, exempt_reason: '', assessment_version: 2,
      set_by: '黄甸镇桑坪村党支部', set_at: '2026-01-12T03:00:00Z',
    })
  }),
  http.get('*/v1/dues/beneficiaries', ({ request }) => {
    const url = new URL(request.url)
    const query = url.searchParams.get('query') ?? ''
    const group = url.searchParams.get('group')
    const list = group === 'household' ? household() : group === 'village' ? village() : starred()
    return page(list.filter((one) => one.name.includes(query)))
  }),
  http.post('*/v1/dues/beneficiaries', async ({ request }) => {
    const body = (await request.json()) as { name: string; phone_tail: string }
    return HttpResponse.json({ items: body.phone_tail === '1234' ? starred().slice(0, 1) : [] })
  }),
  http.put('*/v1/dues/beneficiaries/:id', ({ params }) => {
    favourites.add(String(params.id))
    return new HttpResponse(null, { status: 204 })
  }),
  http.delete('*/v1/dues/beneficiaries/:id', ({ params }) => {
    favourites.delete(String(params.id))
    return new HttpResponse(null, { status: 204 })
  }),
  http.post('*/v1/dues/orders', async ({ request }) => {
    const body = (await request.json()) as { lines: { member_id: string; month: string }[]; expected_total_fen: number }
    const order = placeOrder(body.lines)
    return HttpResponse.json(order, { status: 201 })
  }),
  http.get('*/v1/dues/orders', () =>
    page([...orders.values()].reverse().map((order) => ({
      id: order.id, number: order.number, state: order.state, total_fen: order.total_fen, created_at: order.created_at,
      people: new Set(order.lines.map((line) => line.member_id)).size, months: order.lines.length,
    }))),
  ),
  http.get('*/v1/dues/orders/:id', ({ params }) => {
    const order = orders.get(String(params.id))
    return order ? HttpResponse.json(order) : refuse(404, 'not_found')
  }),
  http.post('*/v1/dues/orders/:id/payment', ({ params }) => {
    const order = orders.get(String(params.id))
    if (!order) return refuse(404, 'not_found')
    change(order, 'paying')
    return HttpResponse.json({ app_id: 'wx0000', time_stamp: '1790000000', nonce_str: 'n', package: `prepay_id=${order.id}`, sign_type: 'RSA', pay_sign: 's' })
  }),
  http.post('*/v1/dues/orders/:id/closure', ({ params }) => {
    const order = orders.get(String(params.id))
    return order ? HttpResponse.json(change(order, 'closed')) : refuse(404, 'not_found')
  }),
  http.post('*/mock/paid/:id', ({ params }) => {
    setTimeout(() => {
      const order = orders.get(String(params.id))
      if (order && order.state === 'paying') settle(order)
    }, SETTLES_AFTER_MS)
    return new HttpResponse(null, { status: 204 })
  }),
  http.get('*/v1/dues/receipts', () => page(receipts)),
  http.get('*/v1/dues/receipts/:id', ({ params }) => {
    const receipt = receipts.find((one) => one.id === params.id)
    return receipt ? HttpResponse.json(receipt) : refuse(404, 'not_found')
  }),
  http.get('*/v1/receipt-checks/:code', ({ params }) => {
    const receipt = receipts.find((one) => one.check_code === params.code)
    if (!receipt) return refuse(404, 'dues.receipt_not_found')
    const { number, branch_name, county_name, amount_fen, issued_at, simulated } = receipt
    return HttpResponse.json({
      number, branch_name, county_name, amount_fen, issued_at, simulated, void: receipt.void, name_masked: `${receipt.member_name[0]}*${receipt.member_name.at(-1)}`,
      first_month: receipt.months[0]!.month, last_month: receipt.months.at(-1)!.month, months: receipt.months.length,
    })
  }),
]


export const handlers: RequestHandler[] = [
  ...signInHandlers,
  ...payingHandlers,
  ...monthsHandlers, ...returnsHandlers,
  ...arrearsHandlers,
  ...deskHandlers,
  ...collectionHandlers,
  ...spendingHandlers,
  ...cashHandlers,
]
