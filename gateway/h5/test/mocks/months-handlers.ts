import { http, HttpResponse, type RequestHandler } from 'msw'
import type { Delay, MonthBlock, MonthStanding, Relief } from '@/api/months'
import { id, personName, thisMonth } from './county'

/** A branch's month in the made-up server: two people who have not paid, the delayed list, the report; and a relief that waits. */
const people = [4, 5]
let delayed: number[] = []
let report: MonthStanding['report'] = null
let reliefState: Relief['state'] = 'waiting'

export function forgetMonth(): void {
  delayed = []
  report = null
  reliefState = 'waiting'
}

const left = () => people.filter((one) => !delayed.includes(one))

function standing(): MonthStanding {
  const numbers = { members: 24, owed_fen: 480, paid_fen: 440, delayed: delayed.length, delayed_fen: delayed.length * 20 }
  return {
    org_id: id(3), org_name: '黄甸镇桑坪村党支部', level: 'branch', month: thisMonth, state: report ? 'branch_reported' : 'open', numbers,
    blocking: left().length, reporters: 0, reported: 0, report, can_settle: false,
    returned: report ? null : { by: '黄甸镇党委', at: '2026-09-10T02:00:00Z', reason: '人数不对，请核对' },
  }
}

function block(number: number): MonthBlock {
  return { member_id: id(1000 + number), name: personName(number), branch_name: '黄甸镇桑坪村党支部', month: thisMonth, state: 'due', amount_fen: 20, paid_fen: 0 }
}

function delay(number: number): Delay {
  return {
    id: id(7000 + number), member_id: id(1000 + number), name: personName(number), month: thisMonth, billed_in: thisMonth, state: 'delayed',
    missing_fen: 20, reason: '生病住院', by: '黄甸镇桑坪村党支部', at: '2026-09-12T02:00:00Z', ended_at: null,
  }
}

function relief(): Relief {
  return {
    id: id(7100), member_id: id(1004), name: personName(4), branch_name: '黄甸镇桑坪村党支部', kind: 'nil', monthly_fen: 0, from_month: thisMonth,
    to_month: thisMonth, ends_with: thisMonth, reason: '家中有人重病', state: reliefState, decided_on: '2026-09-10', entered_by: '黄甸镇桑坪村党支部',
    entered_by_name: '', entered_at: '2026-09-10T02:00:00Z', answered_on: reliefState === 'approved' ? '2026-09-12' : null, answered_by: '',
    answered_by_name: '', answer_words: reliefState === 'approved' ? '情况属实' : '', end_words: '', mine_to_answer: reliefState === 'waiting', overpaid: [],
  }
}

const page = <T>(items: T[]) => HttpResponse.json({ items, next_cursor: null })

export const monthsHandlers: RequestHandler[] = [
  http.get('*/v1/organisations/:id/dues/months/:month/report', () => HttpResponse.json(standing())),
  http.post('*/v1/organisations/:id/dues/months/:month/report', () => {
    report = { numbers: standing().numbers, by: '黄甸镇桑坪村党支部', by_name: '', at: new Date().toISOString() }
    return HttpResponse.json(standing(), { status: 201 })
  }),
  http.get('*/v1/organisations/:id/dues/months/:month/reports', () => page([standing()])),
  http.get('*/v1/organisations/:id/dues/months/:month/blocks', () => page(left().map(block))),
  http.get('*/v1/organisations/:id/dues/months/:month/delays', () => page(delayed.map(delay))),
  http.post('*/v1/members/:id/dues/:month/delays', ({ params }) => {
    const number = people.find((one) => id(1000 + one) === params.id) ?? people[0]!
    delayed.push(number)
    return HttpResponse.json(delay(number), { status: 201 })
  }),
  http.get('*/v1/organisations/:id/dues/reliefs', () => page([relief()])),
  http.post('*/v1/dues/reliefs/:id/answer', () => {
    reliefState = 'approved'
    return HttpResponse.json(relief())
  }),
  http.get('*/v1/organisations/:id/dues/consents', () => page([])),
]
