import type { ArrearsMember, ArrearsReminder, ArrearsStep, NotReminded, RemindResult } from '@/api/arrears'
import { sayDay, sayTime } from '@/lib/dates'
import { monthName } from '@/lib/months'
import type { StateWords } from './terms'

/** What the pages about arrears say. Calm and exact: a step says what the branch is to look at, never what a person is. */
export const steps: Record<ArrearsStep, StateWords> = {
  none: { word: '没有欠缴', sign: 'check', tone: 'done', more: '以前的月份都缴清了。' },
  arrears: { word: '有欠缴', sign: 'clock', tone: 'info', more: '有月份没缴，连续没有超过两个月。' },
  education_and_deadline: { word: '批评教育、限期改正', sign: 'warn', tone: 'soon', more: '连续三到五个月没缴，或者时间更长但登记了正当理由。' },
  review_self_withdrawal: { word: '提请支部讨论', sign: 'warn', tone: 'soon', more: '连续六个月以上没缴，没有登记正当理由。是否处理由支部党员大会讨论决定。' },
}

/** For the filter, where there is little room. */
export const shortSteps: Record<Exclude<ArrearsStep, 'none'>, string> = {
  review_self_withdrawal: '六个月以上',
  education_and_deadline: '三到五个月',
  arrears: '三个月以内',
}

const notReminded: Record<NotReminded, string> = {
  nothing_owed: '已经缴清，不用提醒',
  has_reason: '登记了正当理由，不提醒',
  reminded_this_week: '一周内提醒过',
  reminded_often: '三个月内已提醒三次',
}

/** Why somebody is not reminded, and from when on he may be. */
export function whyNot(why: NotReminded, againOn: string | null): string {
  return `${notReminded[why]}${againOn ? `，${sayDay(againOn)}起可以再提醒` : ''}`
}

export function runWords(member: Pick<ArrearsMember, 'unpaid_run' | 'since' | 'owed_months'>): string {
  if (member.unpaid_run === 0 || !member.since) return `以前有 ${member.owed_months} 个月没缴清`
  const run = `自${monthName(member.since)}起连续 ${member.unpaid_run} 个月没缴`
  return member.owed_months > member.unpaid_run ? `${run}，另有 ${member.owed_months - member.unpaid_run} 个月没缴清` : run
}

export function remindedWords(member: Pick<ArrearsMember, 'last_reminded_on' | 'reminders'>): string {
  return member.last_reminded_on ? `${sayDay(member.last_reminded_on)}提醒过，三个月内共 ${member.reminders} 次` : ''
}

/** What one tap has done: who is told, when. */
export function remindTitle(result: RemindResult, now: Date = new Date()): string {
  const count = result.reminded.length
  if (count === 0) return '这次没有提醒任何人'
  const later = new Date(result.told_at).getTime() - now.getTime() > 60_000
  return later ? `夜间不打扰，${sayTime(result.told_at, now)}提醒 ${count} 人` : `已提醒 ${count} 人`
}

const wechatWords: Record<NonNullable<ArrearsReminder['wechat']>, string> = {
  sent: '微信已发',
  not_bound: '没有绑定微信，只发了站内通知',
  not_set_up: '县里没有开通微信提醒，只发了站内通知',
  refused: '没有关注公众号或不接收，只发了站内通知',
  failed: '微信没有发出，只发了站内通知',
}

export function reminderWords(reminder: ArrearsReminder): string {
  if (reminder.state === 'waiting') return '等到早上八点发出'
  if (reminder.state === 'dropped') return '没有发出：发之前已经缴清，或者登记了理由'
  return reminder.wechat ? wechatWords[reminder.wechat] : '站内通知已发'
}
