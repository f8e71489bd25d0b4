import { http, HttpResponse, type RequestHandler } from 'msw'
import type { Collection, CollectionFigures, Remittance } from '@/api/collection'
import { id, orgs, thisMonth } from './county'
import { plusMonths } from '@/lib/months'

/** The made-up server's reports and slips. */
function figures(members: number, paid: number, behalf = 0): CollectionFigures {
  return {
    members, exempt: 0, unassessed: 1, paid_members: paid, owed_fen: members * 20, paid_fen: paid * 20, payments: paid, received_fen: paid * 20,
    on_behalf_fen: behalf * 20, booked_fen: paid * 20, member_rate: Math.round((paid * 10_000) / (members - 1)), money_rate: Math.round((paid * 10_000) / members),
    on_behalf_rate: Math.round((behalf * 10_000) / paid),
  }
}

function report(orgId: string, month: string): Collection {
  const beneath = orgs.filter((org) => org.kind !== 'county_committee').slice(0, 3)
  const leaf = orgs.find((org) => org.id === orgId)?.kind === 'branch'
  return {
    org_id: orgId, org_name: orgs.find((org) => org.id === orgId)?.name ?? '盐亭县委', kind: 'county_committee', parent_id: null, month,
    whole: figures(46, 39, 12),
    by_class: [{ member_class: 'farmer', figures: figures(30, 26, 12) }, { member_class: 'retired', figures: figures(16, 13, 1) }],
    by_way: [{ channel: 'wechat', on_behalf: false, payments: 27, amount_fen: 540 }, { channel: 'wechat', on_behalf: true, payments: 12, amount_fen: 240 }],
    rows: leaf ? [] : beneath.map((org, at) => ({ org_id: org.id, org_name: org.name, kind: org.kind, has_children: org.kind !== 'branch', figures: figures(16, 14 - at, 3) })),
    next_cursor: null, waiting: 0,
  }
}

export const slips: Remittance[] = [
  {
    id: id(9501), number: '上缴 B012〔2026〕000007号', from_id: id(71), from_name: '桑坪村党支部', to_name: '黄甸镇党委', month: plusMonths(thisMonth, -1), amount_fen: 24_000,
    online_fen: 20_000, cash_fen: 4_000, state: 'made', made_at: '2026-11-03T02:00:00Z', arrived_at: null, made_by_me: false,
  },
]

export const collectionHandlers: RequestHandler[] = [
  http.get('*/v1/organisations/:id/collection', ({ params, request }) => HttpResponse.json(report(String(params.id), new URL(request.url).searchParams.get('month') ?? thisMonth))),
  http.get('*/v1/dues/totals/differences', () => HttpResponse.json({ items: [], next_cursor: null, checked_at: '2026-11-28T18:00:00Z', differences: 0 })),
  http.post('*/v1/dues/totals/rebuilding', () => HttpResponse.json({ corrected: 2, differences: 0 })),
  http.get('*/v1/organisations/:id/remittances', () => HttpResponse.json({ items: slips, next_cursor: null })),
  http.get('*/v1/organisations/:id/remittance-figures', ({ request }) =>
    HttpResponse.json({
      year: Number(new URL(request.url).searchParams.get('year')), income_fen: 86_000, passed_up_fen: 62_000, received_fen: 62_000, waiting: 1, paid_for_year_fen: 86_000,
      payments: 4_300, county_share: null, city_to_province_share: 2000, province_to_centre_share: 500, city_to_province_fen: 17_200, province_to_centre_fen: 4_300,
    }),
  ),
  http.post('*/v1/dues/remittances/:id/arrival', ({ params }) => HttpResponse.json({ ...slips.find((slip) => slip.id === params.id)!, state: 'arrived', arrived_at: new Date().toISOString() })),
]
