import { http, HttpResponse, type RequestHandler } from 'msw'
import type { CashDeposit, CashPayer, CashTakingView, NewTaking } from '@/api/cash'
import { id, monthsAhead, monthsOwing, orgs, personName } from './county'

/** The cash part of the made-up server: one branch, one taking by another that waits, one slip that differs. */
const BRANCH = orgs[2]!
const page = <T>(items: T[]) => HttpResponse.json({ items, next_cursor: null })

const payers: CashPayer[] = [1, 2, 3].map((number) => ({
  member_id: id(1000 + number), name: personName(number), owed_fen: number * 800, months: monthsOwing(number, 800), ahead: monthsAhead(800),
}))

function taking(number: number, own: boolean, lines: NewTaking['lines'], extraFen = 0): CashTakingView {
  const people = [...new Set(lines.map((line) => line.member_id))]
  const totalFen = lines.length * 800 + extraFen
  return {
    taking: {
      id: id(7000 + number), branch_id: BRANCH.id, branch_name: BRANCH.name, state: 'waiting', total_fen: totalFen, extra_fen: extraFen,
      people: people.length, months: lines.length, own, taken_by_name: own ? personName(7) : personName(4), taken_at: new Date().toISOString(),
      decided_by_name: '', decided_at: null, reason: '',
    },
    persons: people.map((memberId, index) => {
      const months = lines.filter((line) => line.member_id === memberId).map((line) => ({ month: line.month, amount_fen: 800 }))
      const extra = index === 0 ? extraFen : 0
      return { member_id: memberId, name: payers.find((payer) => payer.member_id === memberId)?.name ?? '', months, extra_fen: extra, total_fen: months.length * 800 + extra, order_number: String(number).padStart(32, '0') }
    }),
  }
}

export const takingsKept = new Map<string, CashTakingView>()
export const differing: CashDeposit = {
  id: id(7500), branch_id: BRANCH.id, branch_name: BRANCH.name, state: 'differs', amount_fen: 2400, banked_on: '2026-11-20', slip_number: 'SLIP0001',
  own: true, handed_in_by_name: personName(7), handed_in_at: '2026-11-20T03:00:00Z', statement_fen: 2300, statement_slip: 'SLIP0001',
  decided_by_name: personName(9), decided_at: '2026-11-21T03:00:00Z', reason: '',
}

/** Fresh for each test: what another administrator took. */
export function resetCash(): void {
  takingsKept.clear()
  const waiting = taking(1, false, [{ member_id: payers[0]!.member_id, month: '2026-09' }])
  takingsKept.set(waiting.taking.id, waiting)
}
resetCash()

function decided(found: CashTakingView, state: CashTakingView['taking']['state'], reason = ''): CashTakingView {
  const changed = { ...found, taking: { ...found.taking, state, reason, decided_by_name: personName(7), decided_at: new Date().toISOString() } }
  takingsKept.set(found.taking.id, changed)
  return changed
}

export const cashHandlers: RequestHandler[] = [
  http.get('*/v1/organisations/:id/cash-payers', () => page(payers)),
  http.get('*/v1/organisations/:id/cash-takings', ({ request }) => {
    const state = new URL(request.url).searchParams.get('state')
    return page([...takingsKept.values()].map((one) => one.taking).filter((one) => !state || one.state === state))
  }),
  http.post('*/v1/organisations/:id/cash-takings', async ({ request }) => {
    const body = (await request.json()) as NewTaking
    const made = taking(2, true, body.lines, body.extras.reduce((sum, extra) => sum + extra.amount_fen, 0))
    if (made.taking.total_fen !== body.expected_total_fen) return HttpResponse.json({ code: 'dues.total_changed' }, { status: 409 })
    takingsKept.set(made.taking.id, made)
    return HttpResponse.json(made, { status: 201 })
  }),
  http.get('*/v1/cash-takings/:id', ({ params }) => HttpResponse.json(takingsKept.get(String(params.id)))),
  http.post('*/v1/cash-takings/:id/confirmation', ({ params }) => HttpResponse.json(decided(takingsKept.get(String(params.id))!, 'confirmed'))),
  http.post('*/v1/cash-takings/:id/release', async ({ params, request }) => {
    const { reason } = (await request.json()) as { reason: string }
    return HttpResponse.json(decided(takingsKept.get(String(params.id))!, 'refused', reason))
  }),
  http.get('*/v1/organisations/:id/cash-on-hand', () =>
    page([{ branch_id: BRANCH.id, branch_name: BRANCH.name, held_fen: 4000, promised_fen: 2400, since: '2026-11-10T03:00:00Z', days: 18 }]),
  ),
  http.get('*/v1/organisations/:id/cash-deposits', () => page([differing])),
  http.post('*/v1/organisations/:id/cash-deposits', () => HttpResponse.json({ ...differing, state: 'handed_in' }, { status: 201 })),
  http.get('*/v1/organisations/:id/centre-extras', () =>
    page([{ id: id(7600), member_name: personName(1), branch_name: BRANCH.name, member_class: 'retired', amount_fen: 100_000, paid_on: '2026-11-20', state: 'collected', passed_on_at: null, centre_receipt: '', receipted_at: null }]),
  ),
]
