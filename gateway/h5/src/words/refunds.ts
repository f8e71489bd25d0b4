import type { CashReturn, RefundableLine, RefundChannel, RefundReason, RefundRequest, RefundStanding, ReturnSource } from '@/api/refunds'
import type { StateWords } from './terms'

/** What refunds are called, and what each state means for the money. */
export const refundStandings: Record<RefundStanding, StateWords> = {
  waiting: { word: '待审核', sign: 'clock', tone: 'soon', more: '正在等县级管理员或党费财务审核，钱还没有退。' },
  sending: { word: '退款中', sign: 'back', tone: 'info', more: '已经通过，钱正在原路退回微信，一般几分钟，最晚 3 个工作日。' },
  sent: { word: '已退款', sign: 'check', tone: 'done', more: '钱已经退回。' },
  stuck: { word: '退款中', sign: 'pause', tone: 'info', more: '微信没有办法自动退回，财务正在人工处理，钱不会丢。' },
  approved: { word: '待领取', sign: 'clock', tone: 'soon', more: '已经通过，请到支部领取现金并签字。领到以前这几个月仍算已缴，票据有效。' },
  withdrawn: { word: '已撤回', sign: 'dash', tone: 'quiet', more: '申请的人撤回了，没有退款，原来的缴纳继续有效。' },
  refused: { word: '未通过', sign: 'cross', tone: 'quiet', more: '这次没有退款，原来的缴纳继续有效。' },
}

/** Of a refund of cash that is done: who stands for it, so that its payer can compare. */
export function returnedWords(request: RefundRequest): string {
  if (request.channel !== 'cash') return '钱已由财务人工退给您。'
  return `现金已退给您，凭证号 ${request.voucher}，${request.recorded_by_name}经办，${request.confirmed_by_name}核对。没有收到，请向支部或上级问清楚。`
}

/** By which way the money goes back, as the form and the reviewer read it. */
export const wayBack: Record<RefundChannel, { form: string; months: string; review: string; approve: string }> = {
  wechat: {
    form: '退钱：通过后原路退回付款人的微信，一般几分钟，最晚 3 个工作日。',
    months: '月份：通过后这几个月重新变为待缴，原来的票据作废，其余月份另开新票据。代缴的，会通知本人。',
    review: '会原路退回付款人，通过后不能撤回。这些月份重新变为待缴，原票据作废。',
    approve: '通过并退款',
  },
  cash: {
    form: '退钱：通过后由支部用现金退还，付款人签字；现金已经存进党费账户的，由财务转账退还。',
    months: '月份：钱退还以后这几个月才重新变为待缴，原来的票据作废，其余月份另开新票据。',
    review: '由支部用现金退还付款人，或由财务从党费账户转账退还，一人经办、另一人核对。钱退还以后，这些月份才重新变为待缴，原票据作废。',
    approve: '通过',
  },
}

export const returnStates: Record<CashReturn['state'], StateWords> = {
  waiting: { word: '待退还', sign: 'clock', tone: 'soon', more: '' },
  recorded: { word: '待核对', sign: 'pause', tone: 'info', more: '' },
  returned: { word: '已退还', sign: 'check', tone: 'done', more: '' },
}

export const returnSources: Record<ReturnSource, { word: string; voucher: string; hint: string }> = {
  box: { word: '支部现金', voucher: '领款单号', hint: '付款人签了字的领款单上的编号' },
  bank: { word: '党费账户转账', voucher: '银行回单号', hint: '转账后银行回单上的编号' },
}

/** Finer reasons beside `dues.cash_return_refused`. */
export const returnFaults: Record<string, string> = {
  box_too_low: '支部手里没有登记去向的现金不够退。已经存进党费账户的，请由财务转账退还。',
  not_banked: '这个支部存进党费账户的现金不够退，请由支部用手里的现金退还。',
  already_recorded: '这笔已经登记过了，正在等另一个人核对。',
  nothing_recorded: '这笔还没有人登记退还，不能核对。',
  already_returned: '这笔已经退还过了。',
  voucher_used: '这个凭证号已经登记过一笔退还，请核对编号。',
  wrong_office: '支部的现金由支部退、党委或支部另一人核对；账户转账由财务退、财务另一人或县级管理员核对。这一步不归您办。',
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
  approved: '已通过，待退还',
  refunded: '已退款或退款中',
}

/** Finer reasons beside `dues.refund_not_possible`. */
export const refundFaults: Record<string, string> = {
  order_not_refundable: '这笔订单现在没有可以退的钱。',
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
