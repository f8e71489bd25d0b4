import type { ConsentKind, DutyState, Relief, ReliefState } from '@/api/months'
import { monthName } from '@/lib/months'
import type { StateWords } from './terms'

/** Words of reporting a month, the delayed list, relief and consent. */
export const dutyWords: Record<DutyState, StateWords> = {
  draft: { word: '未开放', sign: 'dash', tone: 'quiet', more: '县里还没有开放这个月的收缴。' },
  open: { word: '收缴中', sign: 'clock', tone: 'soon', more: '还没有上报。' },
  branch_reported: { word: '支部已报', sign: 'check', tone: 'info', more: '已经报到上级，等上级汇总。' },
  committee_reported: { word: '党委已报', sign: 'check', tone: 'info', more: '党委已经报到县里，等县里结账。' },
  settled: { word: '已结账', sign: 'check', tone: 'done', more: '这个月已经结账，不再改动。以后收到的补缴记在当月的账上。' },
}

export const reliefStates: Record<ReliefState, StateWords> = {
  waiting: { word: '待上级审批', sign: 'clock', tone: 'soon', more: '上级批准以前，应缴的金额不变。' },
  approved: { word: '已批准', sign: 'check', tone: 'done', more: '' },
  refused: { word: '未批准', sign: 'cross', tone: 'quiet', more: '应缴的金额没有改动。' },
  withdrawn: { word: '已撤回', sign: 'back', tone: 'quiet', more: '应缴的金额没有改动。' },
}

export const reliefKinds: Record<Relief['kind'], string> = { reduced: '少缴', nil: '免缴' }

export const consentKinds: Record<ConsentKind, { word: string; more: string }> = {
  quarterly: { word: '按季缴纳', more: '支部同意，可以一个季度缴一次。' },
  on_behalf: { word: '委托代缴', more: '支部同意，可以由亲属或其他党员代缴。' },
  back_payment: { word: '补缴（超过六个月）', more: '支部同意、上级党委签注以后，本人才能自己补缴。' },
}

export const delayReasons = ['生病住院', '外出务工，暂时联系不上', '家中有急事', '手机不便，下月一起缴'] as const
export const returnReasons = ['人数不对，请核对', '金额不对，请核对', '缓缴的原因没有写清楚'] as const

/** 2026年9月至12月. */
export function period(from: string, to: string): string {
  return from === to ? monthName(from) : `${monthName(from)}至${monthName(to)}`
}

export const reportReasons: Record<string, string> = {
  month_not_open: '这个月还没有开放收缴，不能上报。',
  month_settled: '这个月已经结账，不再改动。',
  wrong_office: '这一步要由本级的管理员来办，您可以查看，不能代办。',
  reports_nothing: '这个组织这个月没有要上报的党费。',
  county_settles: '县一级不用上报，请直接结账。',
  already_reported: '已经上报过了。',
  not_reported: '还没有上报，没有可以退回的。',
  superior_reported: '党委已经把汇总报到县里。要改动，请先由县里退回党委。',
  people_block: '还有党员没有缴，也不在缓缴名单上。',
  organisations_missing: '还有下级组织没有上报。',
  month_not_over: '这个月还没有过完，下个月才能结账。',
}

export const delayRefusals: Record<string, string> = {
  not_owed: '这位党员这个月没有要缴的党费。',
  month_paid: '这个月已经缴清，不用缓缴。',
  month_unassessed: '这个月还没有核定金额，请先核定。',
  month_closed: '这个月已经上报。要改缓缴名单，请先由上级退回。',
  already_delayed: '已经在缓缴名单上了。',
  delay_ended: '已经不在缓缴名单上了。',
}

export const decisionRefusals: Record<string, string> = {
  period_backwards: '结束的月份早于开始的月份。',
  period_too_long: '时间太长了。减免一次最多十二个月，期满可以再申请。',
  period_too_far_back: '开始的月份太早了。',
  period_too_far_ahead: '开始的月份太远了。',
  amount_of_kind: '少缴要写每月缴多少，免缴不用写金额。',
  date_in_future: '日期不能晚于今天。',
  date_before_branch: '审批的日期不能早于支部讨论的日期。',
  period_taken: '这段时间里已经有一份减免，请先结束或撤回那一份。',
  month_closed: '有的月份已经上报或结账，不能再减免。',
  month_held: '有的月份正有人在缴，请过一会儿再批。',
  not_waiting: '这份申请已经有结果了。',
  not_approved: '这份申请没有在执行，不用结束。',
  not_next_superior: '应由支部的上一级党委审批，您可以查看，不能代批。',
  same_person: '录入的人不能自己审批，请由另一位管理员办理。',
  not_backwards: '只能从本月或以后的月份起结束，已经过去的月份不再改动。',
  after_its_end: '这份减免已经到期或结束了。',
  wrong_office: '这一步要由录入的支部来办。',
  no_note_for_kind: '这一类不需要上级签注。',
  already_noted: '已经签注过了。',
  withdrawn: '这份同意已经收回了。',
}
