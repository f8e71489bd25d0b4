import type { RefundableLine, RefundReason, RefundStanding } from '@/api/refunds'
import type { StateWords } from './terms'

/** What refunds are called, and what each state means for the money. */
export const refundStandings: Record<RefundStanding, StateWords> = {
  waiting: { word: '待审核', sign: 'clock', tone: 'soon', more: '正在等县级管理员或党费财务审核，钱还没有退。' },
  sending: { word: '退款中', sign: 'back', tone: 'info', more: '已经通过，钱正在原路退回微信，一般几分钟，最晚 3 个工作日。' },
  sent: { word: '已退款', sign: 'check', tone: 'done', more: '钱已经退回。' },
  stuck: { word: '退款中', sign: 'pause', tone: 'info', more: '微信没有办法自动退回，财务正在人工处理，钱不会丢。' },
  refused: { word: '未通过', sign: 'cross', tone: 'quiet', more: '这次没有退款，原来的缴纳继续有效。' },
}

export const refundReasons: Record<RefundReason, string> = {
  paid_by_mistake: '缴错了人或月份',
  paid_elsewhere: '已经在别处缴过',
  not_owed: '按规定不用缴或已减免',
  amount_wrong: '标准核定有误',
  other: '其他原因',
}

export const reasonOptions = Object.entries(refundReasons).map(([value, label]) => ({ value: value as RefundReason, label }))

export const lineStates: Record<RefundableLine['state'], string> = {
  paid: '',
  asked: '已申请，待审核',
  refunded: '已退款或退款中',
}

/** Finer reasons beside `dues.refund_not_possible`. */
export const refundFaults: Record<string, string> = {
  order_not_refundable: '这笔订单现在没有可以退的钱。',
  cash_order: '现金收的党费请到支部办理退还。',
  extra_without_own_month: '这笔订单里有自愿多交的党费，本人的月份至少要留一个，不能全部退。',
  refund_empty: '还没有选要退的月份。',
  line_not_of_order: '选的月份不在这笔订单里。',
  line_repeated: '同一个人同一个月选了两次。',
  line_refund_under_way: '有的月份已经申请过退款，正在审核。',
  line_refunded: '有的月份已经退过款，不能再退。',
  nothing_to_refund: '选的月份没有缴过钱。',
  refund_exceeds_paid: '要退的钱比缴的还多，没有办理。',
  too_many_refunds: '这笔订单的退款次数已经到了上限，请联系党费财务。',
  refund_words_needed: '选“其他原因”时，请写明原因。',
}
