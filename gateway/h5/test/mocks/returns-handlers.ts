import { http, HttpResponse, type RequestHandler } from 'msw'
import type { CountyRules, NewCountyRule } from '@/api/collection'
import type { CashReturn } from '@/api/refunds'
import { id, orgs, personName } from './county'

/** Refunds of cash and the county's rules, made up: one refund to hand back, one that another has recorded. */
const BRANCH = orgs[2]!
const page = <T>(items: T[]) => HttpResponse.json({ items, next_cursor: null })

function cashReturn(number: number, changed: Partial<CashReturn> = {}): CashReturn {
  const line = { member_id: id(1000 + number), name: personName(number), month: '2026-09', amount_fen: 800 }
  return {
    id: id(7700 + number), order_number: String(number).padStart(32, '0'), branch_id: BRANCH.id, branch_name: BRANCH.name, member_id: line.member_id, name: line.name,
    state: 'waiting', amount_fen: 800, lines: [line], approved_at: '2026-11-20T03:00:00Z', source: null, voucher: '', words: '',
    recorded_by_name: '', recorded_at: null, own: false, to_me: false, confirmed_by_name: '', returned_at: null, ...changed,
  }
}

const recorded = { state: 'recorded', source: 'box', voucher: '领-007', recorded_at: '2026-11-21T03:00:00Z' } as const
export const returnsKept = new Map<string, CashReturn>()
export const countyRulesKept: CountyRules = { items: [], version: 1 }

export function resetReturns(): void {
  returnsKept.clear()
  for (const one of [cashReturn(1), cashReturn(2, { ...recorded, recorded_by_name: personName(4) })]) returnsKept.set(one.id, one)
  const sichuan = { from_month: '2017-01', county_share: null, city_to_province_share: 2000, province_to_centre_share: 500, publish_names: false, in_force: true, set_by_name: '', set_at: null }
  Object.assign(countyRulesKept, { items: [sichuan], version: 1 })
}
resetReturns()

function changed(key: string, by: Partial<CashReturn>) {
  const now = { ...returnsKept.get(key)!, ...by }
  returnsKept.set(key, now)
  return HttpResponse.json(now)
}

export const returnsHandlers: RequestHandler[] = [
  http.get('*/v1/organisations/:id/cash-returns', ({ request }) => {
    const done = new URL(request.url).searchParams.get('returned') === 'true'
    return page([...returnsKept.values()].filter((one) => (one.state === 'returned') === done))
  }),
  http.post('*/v1/cash-returns/:id/record', async ({ params, request }) => {
    const body = (await request.json()) as { source: 'box' | 'bank'; voucher: string; words: string }
    return changed(String(params.id), { ...body, state: 'recorded', own: true, recorded_by_name: personName(7), recorded_at: new Date().toISOString() })
  }),
  http.post('*/v1/cash-returns/:id/confirmation', ({ params }) => changed(String(params.id), { state: 'returned', confirmed_by_name: personName(7), returned_at: new Date().toISOString() })),
  http.post('*/v1/cash-returns/:id/release', ({ params }) => changed(String(params.id), { state: 'waiting', source: null, voucher: '', own: false })),
  http.get('*/v1/dues/county-rules', () => HttpResponse.json(countyRulesKept)),
  http.post('*/v1/dues/county-rules', async ({ request }) => {
    const { version, ...body } = (await request.json()) as NewCountyRule
    const rule = { ...body, in_force: true, set_by_name: personName(9), set_at: new Date().toISOString() }
    Object.assign(countyRulesKept, { items: [rule, ...countyRulesKept.items.map((one) => ({ ...one, in_force: false }))], version: version + 1 })
    return HttpResponse.json(countyRulesKept)
  }),
]
