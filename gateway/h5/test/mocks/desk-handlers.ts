import { http, HttpResponse, type RequestHandler } from 'msw'
import { calculation, id, memberMonth, orgs, personName, roster, thisMonth } from './county'
import { plusMonths } from '@/lib/months'
import { progress } from './state'

/** The administrators' part of the made-up server. */
function page<T>(items: T[]) {
  return HttpResponse.json({ items, next_cursor: null })
}

const counts = { total: 27402, added: 38, changed: 121, moved: 17, unchanged: 27209, unmatched: 12, missing: 5, organisations_added: 1, organisations_changed: 0 }

function importView() {
  return {
    id: id(9001), org_id: id(1), state: progress.state, progress_percent: progress.percent, counts,
    refusal: progress.state === 'refused' ? 'formula_cells' : '', refusal_detail: {}, created_at: new Date().toISOString(),
    applied_at: progress.state === 'applied' ? new Date().toISOString() : null,
  }
}

const reasons: Record<string, string[][]> = {
  unmatched: [['identity_number_check_digit:公民身份号码'], ['identity_number_repeated:公民身份号码:17'], ['organisation_unknown:所在党支部编码']],
  changed: [['手机号码'], ['是否外出', '外出地点']],
  moved: [['所在党支部编码']],
  added: [[]],
  missing: [[]],
}

function assessment(version: number) {
  return {
    id: id(8000 + version), member_id: id(1005), version, effective_from: version === 2 ? '2026-01' : '2025-01', member_class: 'public_institution',
    amount_fen: version === 2 ? 4800 : 4500, calculation,
    pay: { counted: [{ code: 'position_salary', amount_fen: 300000 }, { code: 'pay_scale_salary', amount_fen: 260000 }], left_out: [], deductions: [{ code: 'pension_insurance', amount_fen: 80000 }], quarter_income: [], earlier_amount_fen: null },
    set_by: '黄甸镇桑坪村党支部', set_at: version === 2 ? '2026-01-12T03:00:00Z' : '2025-01-10T03:00:00Z',
  }
}

function months() {
  return [0, 1, 2].map((back) => ({
    month: plusMonths(thisMonth, -back - 1), state: back === 2 ? 'branch_reported' : 'open', opened_at: '2026-09-01T00:00:00Z',
    obligations: 27103, unassessed: 214 - back * 90, owed_fen: 14_420_600, paid_fen: 6_310_420 + back * 3_000_000,
  }))
}

const ledger = {
  accounts: [
    { kind: 'provider_clearing', org_id: null, org_name: '', debit_fen: 652_340, credit_fen: 0 },
    { kind: 'branch_dues_income', org_id: id(3), org_name: '黄甸镇桑坪村党支部', debit_fen: 0, credit_fen: 412_340 },
    { kind: 'branch_dues_income', org_id: id(4), org_name: '黄甸镇龙台村党支部', debit_fen: 0, credit_fen: 239_200 },
    { kind: 'suspense', org_id: null, org_name: '', debit_fen: 0, credit_fen: 800 },
  ],
  debit_fen: 652_340,
  credit_fen: 652_340,
  balanced: true,
}

export const deskHandlers: RequestHandler[] = [
  http.get('*/v1/organisations', ({ request }) => {
    const parent = new URL(request.url).searchParams.get('parent_id')
    return page(orgs.filter((org) => org.parent_id === parent))
  }),
  http.get('*/v1/organisations/:id', ({ params }) => HttpResponse.json(orgs.find((org) => org.id === params.id) ?? orgs[2])),
  http.get('*/v1/organisations/:id/members', ({ request }) => {
    const query = new URL(request.url).searchParams.get('query') ?? ''
    return HttpResponse.json({ items: roster.filter((one) => one.name.includes(query)).slice(0, 20), next_cursor: query ? null : 'more' })
  }),
  http.get('*/v1/organisations/:id/role-grants', () =>
    page([{ id: id(6001), role: 'branch_admin', org_id: id(3), org_name: '黄甸镇桑坪村党支部', member_id: id(1004), member_name: personName(4), since: '2024-03-01T00:00:00Z' }]),
  ),
  http.post('*/v1/organisations/:id/role-grants', () =>
    HttpResponse.json({ id: id(6002), role: 'branch_admin', org_id: id(3), org_name: '黄甸镇桑坪村党支部', member_id: id(1004), member_name: personName(4), since: new Date().toISOString() }),
  ),
  http.delete('*/v1/role-grants/:id', () => new HttpResponse(null, { status: 204 })),
  http.get('*/v1/members/:id', ({ params }) => HttpResponse.json(roster.find((one) => one.id === params.id) ?? roster[5])),
  http.post('*/v1/members/:id/unmaskings', async ({ request }) => {
    const body = (await request.json()) as { field: string }
    return HttpResponse.json({ value: body.field === 'phone' ? '13800002065' : '510700197001011005' })
  }),
  http.post('*/v1/members/:id/activation-codes', () => HttpResponse.json({ code: '7KMQ2XR9', expires_at: new Date(Date.now() + 3 * 86_400_000).toISOString() })),
  http.get('*/v1/members/:id/assessments', () => page([assessment(2), assessment(1)])),
  http.post('*/v1/members/:id/assessments', () => HttpResponse.json(assessment(2))),
  http.get('*/v1/members/:id/dues/:month/bill', ({ params }) =>
    HttpResponse.json({
      member_id: params.id, month: params.month, state: 'due', amount_fen: 4800, paid_fen: 0, member_class: 'public_institution', branch_name: '黄甸镇桑坪村党支部',
      calculation, exempt_reason: '', assessment_version: 2, set_by: '黄甸镇桑坪村党支部', set_at: '2026-01-12T03:00:00Z',
    }),
  ),
  http.get('*/v1/organisations/:id/dues/assessments', ({ request }) => {
    const state = new URL(request.url).searchParams.get('state')
    const all = roster.slice(0, 24).map((_, index) => memberMonth(index, index % 7 === 5 || index % 7 === 3 ? 'unassessed' : index % 3 === 0 ? 'paid' : 'due'))
    return page(all.filter((item) => !state || item.state === state))
  }),
  http.get('*/v1/organisations/:id/ledger', () => HttpResponse.json(ledger)),
  http.get('*/v1/dues/months', () => HttpResponse.json({ items: months() })),
  http.post('*/v1/dues/months', async ({ request }) => HttpResponse.json({ ...months()[0], ...((await request.json()) as object) })),
  http.get('*/v1/dues/payment-exceptions', () =>
    page([
      { id: id(6501), kind: 'amount_differs', order_id: id(5001), transaction_id: '4200001234202611239876543210', amount_fen: 2300, noticed_at: '2026-11-23T05:12:00Z' },
      { id: id(6502), kind: 'paid_twice', order_id: id(5002), transaction_id: '4200001234202611229876543211', amount_fen: 800, noticed_at: '2026-11-22T01:12:00Z' },
    ]),
  ),
  http.get('*/v1/dues/refund-requests', () =>
    page([
      { id: id(6601), order_id: id(5001), order_number: '0'.repeat(31) + '1', amount_fen: 40, standing: 'waiting', reason: 'paid_by_mistake', words: '', decided_words: '', asked_at: '2026-11-23T05:12:00Z', by_payer: true, own: false, lines: [], channel: 'wechat' },
      { id: id(6602), order_id: id(5002), order_number: '0'.repeat(31) + '2', amount_fen: 20, standing: 'waiting', reason: 'not_owed', words: '', decided_words: '', asked_at: '2026-11-23T06:12:00Z', by_payer: false, own: true, lines: [], channel: 'cash' },
    ]),
  ),
  http.post('*/v1/roster-imports', () => HttpResponse.json(importView(), { status: 202 })),
  http.get('*/v1/roster-imports/:id', () => HttpResponse.json(importView())),
  http.get('*/v1/roster-imports/:id/rows', ({ request }) => {
    const outcome = new URL(request.url).searchParams.get('outcome') ?? 'unmatched'
    const list = reasons[outcome] ?? [[]]
    return page(Array.from({ length: 9 }, (_, index) => ({ row: outcome === 'missing' ? 0 : 12 + index * 31, name_masked: `${personName(index)[0]}*${personName(index).at(-1)}`, outcome, reasons: list[index % list.length] })))
  }),
  http.post('*/v1/roster-imports/:id/application', () => {
    progress.state = 'applied'
    return HttpResponse.json(importView())
  }),
  http.post('*/v1/roster-exports', () => HttpResponse.json({ id: id(9101), state: 'ready', file: null, rows: 27385 })),
  http.get('*/v1/roster-exports/:id', () => HttpResponse.json({ id: id(9101), state: 'ready', file: null, rows: 27385 })),
]
