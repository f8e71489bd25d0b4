import type { RouteLocationRaw } from 'vue-router'
import { assessments, books } from '@/api/dues'
import { monthly, reliefs } from '@/api/months'
import { cashReturns, refunds } from '@/api/refunds'
import { monthName, monthOfInstant, plusMonths } from '@/lib/months'
import { mayConfirm, mayRecord } from '@/pages/refunds/returning'
import type { useSession } from '@/stores/session'

/** What waits for somebody's office, each kind with its count, its words and the way there. Nothing that he may not decide himself. */
export interface DeskWork {
  key: string
  before: string
  count: string
  after: string
  way: string
  to: RouteLocationRaw
}
type Session = ReturnType<typeof useSession>
type Kind = (session: Session) => Promise<DeskWork[]>

/** `3`, or `50+` when there is more than the first page. */
function figure(page: { items: readonly unknown[]; next_cursor: string | null }, count = page.items.length): string {
  return count === 0 ? '' : `${count}${page.next_cursor ? '+' : ''}`
}

function some(work: DeskWork): DeskWork[] {
  return work.count ? [work] : []
}

/** A month that was reported and came back; the running one and the one before, which is reported in these days. */
const returned: Kind = async (session) => {
  const desk = session.officeOf('branch_admin', 'committee_admin')
  if (!desk) return []
  const now = monthOfInstant(new Date())
  const months = [plusMonths(now, -1), now]
  const standings = await Promise.all(months.map((month) => monthly.standing(desk.orgId, month)))
  return months.flatMap((month, index) => {
    const { returned: back, report } = standings[index]!
    if (!back || report) return []
    return [{ key: `returned ${month}`, before: `${monthName(month)}的上报被退回：${back.reason}`, count: '', after: '', way: '去修改', to: { path: `/desk/reports/${desk.orgId}`, query: { month } } }]
  })
}

const unassessed: Kind = async (session) => {
  const desk = session.officeOf('branch_admin')
  if (!desk) return []
  const page = await assessments.workList(desk.orgId, monthOfInstant(new Date()), 'unassessed')
  return some({ key: 'unassessed', before: '支部有', count: figure(page), after: '名党员本月党费待核定', way: '去核定', to: `/desk/dues/${desk.orgId}` })
}

const reliefsToAnswer: Kind = async (session) => {
  const desk = session.officeOf('committee_admin', 'county_admin')
  if (!desk) return []
  const page = await reliefs.list(desk.orgId, { mine: true })
  return some({ key: 'reliefs', before: '有', count: figure(page), after: '份减免申请等您审批', way: '去审批', to: { path: `/desk/reliefs/${desk.orgId}`, query: { state: 'mine' } } })
}

const refundsToDecide: Kind = async (session) => {
  if (!session.holds('county_admin', 'finance')) return []
  const page = await refunds.list(true)
  const others = page.items.filter((one) => !one.own).length
  return some({ key: 'refunds', before: '有', count: figure(page, others), after: '笔退款等您审核', way: '去审核', to: '/desk/refunds' })
}

/** Cash that is to be handed back, or that another has recorded and waits for a second person. */
const cashToReturn: Kind = async (session) => {
  const desk = session.officeOf('branch_admin', 'committee_admin', 'finance', 'county_admin')
  if (!desk) return []
  const page = await cashReturns.list(desk.orgId, false)
  const mine = page.items.filter((one) => mayRecord(session, one) || mayConfirm(session, one)).length
  return some({ key: 'cash-returns', before: '有', count: figure(page, mine), after: '笔现金等着退还或核对', way: '去办理', to: `/desk/cash-returns/${desk.orgId}` })
}

const exceptions: Kind = async (session) => {
  if (!session.holds('county_admin', 'finance')) return []
  return some({ key: 'exceptions', before: '有', count: figure(await books.exceptions()), after: '笔支付对不上，要人核实', way: '去核实', to: '/desk/exceptions' })
}

/** The most pressing first. */
export async function deskWork(session: Session): Promise<DeskWork[]> {
  return (await Promise.all([returned, unassessed, reliefsToAnswer, refundsToDecide, cashToReturn, exceptions].map((kind) => kind(session)))).flat()
}
