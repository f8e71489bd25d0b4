import type { DifferenceKind, DifferenceList, DifferenceReason, DifferenceState, ReconciliationState } from '@/api/reconciliation'
import type { StateWords } from './terms'

/** The Chinese of reconciliation: days, lists, kinds of difference, reasons. */
export const dayStates: Record<ReconciliationState, StateWords> = {
  waiting: { word: '待对账', sign: 'clock', tone: 'quiet', more: '这一天的账单还没有取到。微信支付在次日上午十点以后提供，系统会自动去取。' },
  failing: { word: '账单没取到', sign: 'warn', tone: 'soon', more: '账单没有取到，或者文件不能用。账目没有任何改动，系统会再试，也可以手工上传。' },
  differs: { word: '有差异', sign: 'warn', tone: 'soon', more: '账单和账目有对不上的，需要财务逐笔处理。' },
  agreed: { word: '已对平', sign: 'check', tone: 'done', more: '账单和账目对得上，没有待处理的差异。' },
}

export const differenceLists: Record<DifferenceList, string> = {
  only_in_bill: '仅账单有',
  only_in_ledger: '仅账目有',
  differs: '两边不一致',
}

export const differenceStates: Record<DifferenceState, StateWords> = {
  open: { word: '待处理', sign: 'clock', tone: 'soon', more: '' },
  resolved: { word: '已处理', sign: 'check', tone: 'done', more: '' },
  gone: { word: '已消除', sign: 'dash', tone: 'quiet', more: '后来的对账里已经对得上。' },
}

export const differenceKinds: Record<DifferenceKind, { word: string; more: string }> = {
  payment_of_known_order: { word: '已付款，没有入账', more: '微信收到了款，订单是我们的，但账目里没有。请点“向微信核实并入账”，核实无误才会入账。' },
  payment_of_unknown_order: { word: '付款没有对应的订单', more: '微信收到了款，但没有这个订单号。请查是不是别的业务用了同一个商户号。' },
  payment_only_in_ledger: { word: '账目有，账单没有', more: '账目记了这笔付款，当天的账单里却没有。请到微信商户平台核对。' },
  payment_amount_differs: { word: '付款金额不一致', more: '账单和账目的金额不同。' },
  payment_order_differs: { word: '付款记到了别的订单', more: '同一个微信单号，账单和账目对应的订单不同。' },
  payment_day_differs: { word: '付款日期不一致', more: '账目记的支付时间和账单相差一天以上。' },
  payment_not_booked: { word: '付款没有全部记账', more: '这笔付款已经登记，但记账分录加起来和付款金额不同。' },
  order_paid_twice: { word: '同一订单付了两次', more: '同一个订单有两笔付款，多付的一笔要退还。' },
  late_not_promised_back: { word: '超时付款没有安排退款', more: '订单关闭以后才到的款，应当退回，但没有退款记录。' },
  refund_only_in_bill: { word: '账单有退款，账目没有', more: '微信退了款，账目里没有这笔退款。' },
  refund_only_in_ledger: { word: '账目有退款，账单没有', more: '账目记了已退款，账单里没有。请到微信商户平台核对。' },
  refund_amount_differs: { word: '退款金额不一致', more: '账单和账目的退款金额不同。' },
  refund_order_differs: { word: '退款对应的订单不一致', more: '同一个退款单号，账单和账目对应的订单不同。' },
  refund_state_differs: { word: '退款状态不一致', more: '账单和账目里退款是否成功不一样。' },
  refund_not_booked: { word: '退款没有记账', more: '退款已经成功，但没有相应的记账分录。' },
  row_repeated: { word: '账单里重复的一行', more: '账单里同一笔出现了两次，账目只记一次。' },
  merchant_differs: { word: '不是本商户的款', more: '账单里这一行的商户号不是我们的。' },
  app_differs: { word: '不是本应用的款', more: '账单里这一行的公众账号不是我们的，可能是同一商户号的其他业务。' },
  currency_differs: { word: '币种不是人民币', more: '账单里这一行的币种不是人民币。' },
}

export const differenceReasons: Record<DifferenceReason, string> = {
  booked_by_correction: '已用更正分录入账',
  sent_back_by_hand: '已人工退款',
  trial_payment: '测试付款',
  other_business: '同一商户号的其他业务',
  provider_mistake: '微信支付一方的差错',
  our_mistake: '我方差错，已更正',
  nothing_to_do: '核实无误，不用处理',
}

/** What settling came to. */
export const settledAs: Record<string, string> = {
  settled: '微信确认已付款，已入账',
  late: '微信确认已付款，订单已关闭，款项将原路退回',
  already_known: '微信确认已付款，账目里已经有了',
  exception: '微信的答复和订单不一致，已列入支付异常，没有入账',
  ignored: '没有入账',
}

/** Why a bill did not come or was refused; whatever it is, nothing has changed. */
const faults: Record<string, string> = {
  empty: '文件是空的。',
  too_large: '文件太大。',
  too_many_rows: '文件行数太多，不像一天的账单。',
  not_unpacked: '压缩文件打不开，可能损坏了。',
  hash_differs: '文件和微信给出的校验值不一致。',
  not_text: '文件不是 UTF-8 文本，请直接上传下载的原文件，不要用 Excel 另存。',
  columns_unknown: '文件的列不是微信“交易账单（所有订单）”的列。',
  row_malformed: '有一行的格式不对，可能被改过。',
  amount_malformed: '有一行的金额格式不对。',
  state_unknown: '有一行的交易状态不认识。',
  day_differs: '文件里有别的日期的交易，请核对日期。',
  foreign: '这是别的商户的账单。',
  number_repeated: '同一个微信单号在文件里出现两次，内容却不一样。',
  cut_short: '文件不完整，缺少最后的汇总行。',
  totals_differ: '文件各行加起来和它自己的汇总行对不上。',
  unforeseen: '对账时系统出了问题，请联系系统管理员。',
  timeout: '微信支付没有及时答复。',
  connection: '连不上微信支付。',
  busy: '微信支付忙，稍后再试。',
  status: '微信支付没有正常答复。',
  untrusted: '答复没有通过验证，没有采用。',
  malformed: '微信支付的答复看不懂，没有采用。',
  STATEMENT_CREATING: '微信支付还在生成这一天的账单。',
}

export function faultWords(code: string, line = 0): string {
  const words = faults[code] ?? `微信支付的答复：${code}。`
  return line > 0 ? `第 ${line} 行：${words}` : words
}
