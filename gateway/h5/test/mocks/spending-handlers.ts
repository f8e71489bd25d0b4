import { http, HttpResponse, type RequestHandler } from 'msw'
import type { Spending, SpendingSummary } from '@/api/spending'
import { today } from '@/lib/dates'
import { spendingClasses } from '@/words/spending'
import { id, orgs } from './county'

/** The made-up server's spending: one entry of another person that waits, one of one's own, one that is booked. */
function entry(number: number, changed: Partial<Spending>): Spending {
  return {
    id: id(9700 + number), org_id: id(1), org_name: '中共盐亭县委员会', spending_class: 'training', amount_fen: 120_000, spent_on: today(), payee: '县委党校',
    purpose: '入党积极分子培训班教材 60 册', voucher_number: `记-${String(number).padStart(4, '0')}`, deciding_body: '县委组织部部务会', decided_on: today(), state: 'recorded',
    year: Number(today().slice(0, 4)), booked_month: null, recorded_by: '中共盐亭县委员会', recorded_by_name: '', recorded_by_me: false, recorded_at: new Date().toISOString(),
    answered_by: '', answered_by_name: '', answered_at: null, reversed_by: '', reversed_by_name: '', reversed_at: null, reason: '', ...changed,
  }
}

export const entries: Spending[] = [
  entry(1, {}),
  entry(2, { recorded_by_me: true, spending_class: 'member_aid', amount_fen: 50_000, purpose: '走访慰问' }),
  entry(3, { state: 'approved', spending_class: 'commendation', booked_month: today().slice(0, 7), answered_by: '中共盐亭县委员会', answered_at: new Date().toISOString() }),
]

function summary(orgId: string, year: number): SpendingSummary {
  const keeps = orgs.find((org) => org.id === orgId)?.kind === 'branch'
  const spent = keeps ? 0 : 120_000
  return {
    year, by_class: (Object.keys(spendingClasses) as Spending['spending_class'][]).map((one) => ({ spending_class: one, entries: one === 'commendation' && spent ? 1 : 0, amount_fen: one === 'commendation' ? spent : 0 })),
    spent_fen: spent, waiting: keeps ? 0 : 2, waiting_fen: keeps ? 0 : 170_000, keeps_nothing: keeps, held_fen: keeps ? 0 : 620_000, set_aside_fen: 0, given_back_fen: 0,
    available_fen: keeps ? 0 : 620_000, county_share: null,
  }
}

const answered = (key: unknown, state: Spending['state']) => HttpResponse.json({ ...entries.find((one) => one.id === key)!, state, answered_at: new Date().toISOString() })

export const spendingHandlers: RequestHandler[] = [
  http.get('*/v1/organisations/:id/spending', ({ params, request }) => {
    const wanted = new URL(request.url).searchParams
    const shown = orgs.find((org) => org.id === params.id)?.kind === 'branch' ? [] : entries
    return HttpResponse.json({ items: shown.filter((one) => (wanted.get('state') ?? one.state) === one.state && (wanted.get('spending_class') ?? one.spending_class) === one.spending_class), next_cursor: null })
  }),
  http.get('*/v1/organisations/:id/spending-summary', ({ params, request }) => HttpResponse.json(summary(String(params.id), Number(new URL(request.url).searchParams.get('year'))))),
  http.post('*/v1/organisations/:id/spending', async ({ request }) => HttpResponse.json(entry(9, { ...((await request.json()) as Partial<Spending>), recorded_by_me: true }), { status: 201 })),
  http.post('*/v1/dues/spending/:id/approval', ({ params }) => answered(params.id, 'approved')),
  http.post('*/v1/dues/spending/:id/refusal', ({ params }) => answered(params.id, 'refused')),
  http.post('*/v1/dues/spending/:id/reversal', ({ params }) => answered(params.id, 'reversed')),
]
