import { http, HttpResponse, type RequestHandler } from 'msw'
import { id, orgs, personName, thisMonth } from './county'
import { plusMonths } from '@/lib/months'
import type { Schemas } from '@/api/client'

/** The made-up server's part about arrears. Member 0 was reminded this week, member 1 has a reason on record. */
const steps = ['review_self_withdrawal', 'education_and_deadline', 'arrears'] as const
const runs = [8, 4, 1]
const counts = { review_self_withdrawal: 1, education_and_deadline: 1, arrears: 1, owed_fen: 10_400 }

function member(index: number): Schemas['ArrearsMember'] {
  const run = runs[index]!
  return {
    member_id: id(1000 + index), name: personName(index), branch_name: '黄甸镇桑坪村党支部', step: steps[index]!, unpaid_run: run,
    since: plusMonths(thisMonth, -run), owed_months: run, owed_fen: run * 800, excused_until: index === 1 ? '2026-12-31' : null,
    last_reminded_on: index === 0 ? '2026-11-26' : null, reminders: index === 0 ? 1 : 0,
    not_reminded: index === 0 ? 'reminded_this_week' : index === 1 ? 'has_reason' : null, again_on: index === 0 ? '2026-12-03' : null,
  }
}

const asOf = () => new Date().toISOString()
const reasons: Schemas['ArrearsReason'][] = []

export const arrearsHandlers: RequestHandler[] = [
  http.get('*/v1/organisations/:id/arrears/summary', ({ params }) => {
    const org = orgs.find((one) => one.id === params.id) ?? orgs[2]!
    const beneath = orgs.filter((one) => one.parent_id === org.id).map((one) => ({ org_id: one.id, name: one.name, kind: one.kind, counts }))
    return HttpResponse.json({ org_id: org.id, name: org.name, kind: org.kind, counts, beneath, month: thisMonth, as_of: asOf() })
  }),
  http.get('*/v1/organisations/:id/arrears', ({ request }) => {
    const step = new URL(request.url).searchParams.get('step')
    const items = [0, 1, 2].map(member).filter((one) => !step || one.step === step)
    return HttpResponse.json({ items, next_cursor: null, month: thisMonth, as_of: asOf() })
  }),
  http.post('*/v1/organisations/:id/arrears/reminders', async ({ request }) => {
    const wanted = ((await request.json()) as { member_ids: string[] }).member_ids
    const all = [0, 1, 2].map(member).filter((one) => wanted.length === 0 || wanted.includes(one.member_id))
    const told = all.filter((one) => one.not_reminded === null)
    return HttpResponse.json(
      {
        reminded: told.map(({ member_id, name }) => ({ member_id, name })),
        told_at: asOf(),
        not_reminded: all.filter((one) => one.not_reminded).map(({ member_id, name, not_reminded, again_on }) => ({ member_id, name, why: not_reminded, again_on })),
      },
      { status: 201 },
    )
  }),
  http.get('*/v1/members/:id/arrears', ({ params }) =>
    HttpResponse.json({
      member_id: params.id, name: personName(0), branch_name: '黄甸镇桑坪村党支部', step: 'review_self_withdrawal', unpaid_run: 8, since: plusMonths(thisMonth, -8),
      owed_months: 8, owed_fen: 6400, reasons,
      reminders: [{ id: id(7101), day: '2026-11-26', state: 'told', told_at: '2026-11-26T01:00:00Z', owed_months: 8, owed_fen: 6400, wechat: 'not_bound', asked_by: '黄甸镇桑坪村党支部' }],
    }),
  ),
  http.post('*/v1/members/:id/arrears/reasons', async ({ params, request }) => {
    const body = (await request.json()) as { first_day: string; last_day: string; words: string }
    const made = { id: id(7201), member_id: String(params.id), ...body, recorded_by: '黄甸镇桑坪村党支部', recorded_at: asOf(), removed_at: null }
    reasons.unshift(made)
    return HttpResponse.json(made, { status: 201 })
  }),
  http.delete('*/v1/arrears-reasons/:id', ({ params }) => {
    for (const one of reasons) if (one.id === params.id) one.removed_at = asOf()
    return new HttpResponse(null, { status: 204 })
  }),
]
