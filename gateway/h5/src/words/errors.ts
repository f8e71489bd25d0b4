import type { Problem } from '@/api/problem'
import { monthName } from '@/lib/months'
import { formatFen } from '@/lib/money'
import { sayTime } from '@/lib/dates'
import { cashErrors } from './cash'
import { reasonWords } from './reasons'
import { spendingErrors } from './spending'

/**
 * Every refusal in sentences for people, keyed by the stable code of services/contracts: what happened, what it means for the
 * person's money or matter, what to do now. test/wording.spec.ts reads the contracts and fails when a code is missing here.
 */
export interface ErrorWords {
  what: string
  means: string
  todo: string
}

const NOT_CHARGED = '没有扣款。'
const NOTHING_CHANGED = '没有任何改动。'

export const errorWords: Record<string, ErrorWords> = {
  // No answer, or none of the server's own
  'network.lost': { what: '网络断开了，没有连上服务器。', means: '您的操作已经保存在手机上，不会重复提交，也不会重复扣款。', todo: '网络恢复后再点一次即可继续。' },
  'network.timeout': { what: '等了一会儿，还没有收到服务器的答复。', means: '您的操作已经保存在手机上，再次提交不会重复，也不会重复扣款。', todo: '请稍等片刻再点一次。' },
  'page.broken': { what: '页面出了点问题，没能显示出来。', means: '您已经提交的内容不受影响。', todo: '请刷新页面；如果还是这样，请把下面的编号告诉支部管理员。' },
  internal: { what: '服务器内部出了问题，没有办成。', means: '没有确认的结果不会扣款；已经付的款都有记录，不会丢。', todo: '请过一会儿再试；如果还是这样，请把下面的编号告诉支部管理员。' },
  unavailable: { what: '这项服务现在忙不过来，没能答复。', means: '您的操作已经保存，再次提交不会重复，也不会重复扣款。', todo: '请等几秒钟再试。' },
  deadline_passed: { what: '服务器没有在规定时间内办完。', means: '结果还不确定，但再次提交不会重复，也不会重复扣款。', todo: '请再点一次，系统会接着办同一件事。' },

  // The request itself
  'request.invalid': { what: '有的内容填得不对。', means: NOTHING_CHANGED, todo: '请检查标出的地方，改好后再提交。' },
  'request.reused': { what: '上一次提交还没有了结，内容又变了。', means: NOTHING_CHANGED, todo: '请刷新页面，核对后再提交一次。' },
  'request.in_flight': { what: '同一件事正在办理中。', means: '不会重复办理，也不会重复扣款。', todo: '请稍等几秒再看结果。' },
  'request.unknown_method': { what: '页面和服务器的版本对不上。', means: NOTHING_CHANGED, todo: '请刷新页面后再试。' },
  'request.key_missing': { what: '这次提交缺少编号。', means: NOTHING_CHANGED, todo: '请刷新页面后再试。' },
  'request.key_malformed': { what: '这次提交的编号不对。', means: NOTHING_CHANGED, todo: '请刷新页面后再试。' },
  'request.not_json': { what: '提交的内容格式不对。', means: NOTHING_CHANGED, todo: '请刷新页面后再试。' },
  'request.media_type': { what: '这种文件或内容不能收。', means: NOTHING_CHANGED, todo: '请换成要求的格式再提交。' },
  'request.precondition_failed': { what: '在您填写的时候，这份内容已经变了。', means: '您的改动还没有保存。', todo: '请刷新看看最新的内容，再决定怎么改。' },
  'request.length_needed': { what: '文件没有传完整。', means: NOTHING_CHANGED, todo: '请重新选择文件再上传。' },
  'request.cut_short': { what: '上传中断了，文件没有传完。', means: NOTHING_CHANGED, todo: '请在网络好的地方重新上传。' },
  'request.too_large': { what: '文件太大了。', means: NOTHING_CHANGED, todo: '请换一个小一些的文件。' },
  stale_version: { what: '在您填写的时候，别人改过这份内容。', means: '您的改动还没有保存，别人的改动已经生效。', todo: '请刷新看看最新的内容，再决定怎么改。' },
  conflict: { what: '现在的状态不允许这样做。', means: NOTHING_CHANGED, todo: '请刷新页面看看最新的情况。' },
  unprocessable: { what: '按规定不能这样办。', means: NOTHING_CHANGED, todo: '请核对内容；有疑问请问支部管理员。' },
  too_many: { what: '操作太频繁了。', means: NOTHING_CHANGED, todo: '请等一分钟再试。' },
  'rate.limited': { what: '短时间里操作太多了。', means: NOTHING_CHANGED, todo: '请等一分钟再试。' },
  'route.unknown': { what: '页面和服务器的版本对不上。', means: NOTHING_CHANGED, todo: '请刷新页面后再试。' },
  'route.method_not_allowed': { what: '页面和服务器的版本对不上。', means: NOTHING_CHANGED, todo: '请刷新页面后再试。' },
  'file.gone': { what: '文件已经过了保存时间。', means: '原来的记录还在，不受影响。', todo: '需要的话，请重新生成一份。' },
  'document.unavailable': { what: '文件现在做不出来。', means: '票据和记录都在，不受影响。', todo: '请过一会儿再试。' },
  not_found: { what: '没有找到您要看的内容。', means: '它可能不存在，也可能不在您能查看的范围内。', todo: '请返回上一页重新选择。' },

  // Who asks
  'session.needed': { what: '需要先登录。', means: '您填的内容还在手机上。', todo: '登录后可以接着办。' },
  'members.session_ended': { what: '登录已经过期，或者在别处退出了。', means: '您填的内容还在手机上，没有扣款。', todo: '请重新登录后接着办。' },
  'session.foreign_origin': { what: '这次请求不是从本平台的页面发出的。', means: '为了安全，没有办理。', todo: '请从首页重新进入。' },
  'authority.missing': { what: '您的身份不能办理这一项。', means: NOTHING_CHANGED, todo: '如果确实需要，请联系上级组织开通权限。' },
  'members.sign_in_refused': { what: '手机号或密码不对。', means: '为了安全，不会提示是哪一项不对。', todo: '请核对后再试；忘记密码可以请支部管理员发一个激活码。' },
  'members.sign_in_locked': { what: '连续多次没有通过，登录暂时锁住了。', means: '您的账号是安全的，党费和记录不受影响。', todo: '请到时间后再试，或请支部管理员发一个激活码。' },
  'members.second_factor_refused': { what: '动态验证码不对，或者已经过期。', means: '还没有登录。', todo: '验证码每 30 秒换一次，请输入验证器里最新的 6 位数字。' },
  'members.second_factor_needed': { what: '管理员办理这一项，需要先开启动态验证码。', means: NOTHING_CHANGED, todo: '请到“我的—动态验证码”开启，再重新登录。' },
  'members.wechat_code_refused': { what: '微信没有认可这次登录。', means: '还没有登录。', todo: '请再点一次“微信登录”；也可以用手机号登录。' },
  'members.binding_refused': { what: '姓名、身份证后六位和手机号没有对上同一位党员。', means: '微信还没有绑定，不会提示是哪一项不对。', todo: '请核对后再试；如果换过手机号，请先请支部管理员更新花名册。' },
  'members.activation_refused': { what: '激活码不对，或者已经过期。', means: '账号还没有激活。', todo: '请核对手机号和激活码；过期了可以请支部管理员重新发一个。' },
  'members.password_too_weak': { what: '这个密码不够安全。', means: '密码没有改动。', todo: '请用 8 位以上，字母和数字都要有，不要用手机号、生日或连续数字。' },

  // Roster and roles
  'members.roster_file_refused': { what: '这个文件不能用。', means: '花名册没有任何改动。', todo: '请按说明改好后重新上传。' },
  'members.import_not_ready': { what: '这次导入还没有到这一步。', means: '花名册没有任何改动。', todo: '请刷新看看进度和核对结果。' },
  'members.import_out_of_date': { what: '核对之后，花名册又有了变化。', means: '花名册没有被这个文件改动。', todo: '请重新上传一次，按最新的花名册再核对。' },
  'members.too_much_feedback': { what: '今天提的意见已经很多了。', means: '前面提的都已经收到。', todo: '请明天再提，或者直接联系支部管理员。' },
  'members.grant_refused': { what: '这个角色不能这样授予。', means: NOTHING_CHANGED, todo: '请换一个角色或组织。' },

  // Dues
  'dues.calculation_refused': { what: '按这些数字算不出党费。', means: '这只是试算，没有保存任何内容。', todo: '请核对填写的项目和金额。' },
  'dues.assessment_refused': { what: '这份核定不能保存。', means: '原来的标准继续有效。', todo: '请核对填写的项目和金额。' },
  'dues.month_not_to_open': { what: '这个月现在不能开放收缴。', means: NOTHING_CHANGED, todo: '只能按顺序开放当月或以前的月份。' },
  'dues.order_refused': { what: '这样选择的月份不能一起缴。', means: NOT_CHARGED, todo: '请返回重新选择。' },
  'dues.total_changed': { what: '应缴金额刚刚有了变化。', means: `还没有下单，${NOT_CHARGED}`, todo: '请核对新的金额，再确认一次。' },
  'dues.month_already_paid': { what: '有的月份已经有人缴过了。', means: `没有重复扣款，这次${NOT_CHARGED}`, todo: '请返回看看最新的情况，去掉已缴的月份。' },
  'dues.month_reserved': { what: '有的月份正有人在缴。', means: NOT_CHARGED, todo: '请稍等：对方付完就是已缴，没有付会自动放开。' },
  'dues.order_not_payable': { what: '这笔订单已经了结，不能再付款。', means: '不会重复扣款。', todo: '请看订单现在的状态；需要时重新下单。' },
  'dues.order_not_closable': { what: '这笔订单现在不能取消。', means: '如果已经付款，钱有记录；付款晚了会自动退回。', todo: '请看订单最新的状态。' },
  'dues.payer_without_wechat': { what: '您的账号还没有绑定微信，付不了款。', means: `订单还在，${NOT_CHARGED}`, todo: '请在微信里打开本页，用“微信登录”绑定后再付。' },
  'dues.payment_provider_unavailable': { what: '微信支付暂时没有答复。', means: `订单还在，${NOT_CHARGED}`, todo: '请等几秒钟再点“去付款”。' },
  'dues.payment_provider_refused': { what: '微信支付没有接受这笔订单。', means: NOT_CHARGED, todo: '请取消这笔订单后重新下单；还是不行，请联系支部管理员。' },
  'dues.notice_refused': { what: '这条支付通知没有通过验证。', means: NOTHING_CHANGED, todo: '不需要您处理。' },
  'dues.receipt_not_found': { what: '没有查到这张票据。', means: '这个查验码没有对应的票据，请当心假票据。', todo: '请核对查验码是否输入完整。' },

  // Cash and extras for the centre
  ...cashErrors,
  // Refunds
  'dues.refund_not_possible': { what: '这几个月现在不能退款。', means: '没有退款，原来的缴纳继续有效。', todo: '请返回看看最新的情况，重新选择。' },
  'dues.refund_not_waiting': { what: '这笔退款已经有人审核过，或者已经撤回。', means: '按先办的结果办理，不会重复退款。', todo: '请刷新看看结果。' },
  'dues.refund_needs_another': { what: '自己申请、登记或收款的退款，不能由自己审核、核对。', means: NOTHING_CHANGED, todo: '请让另一位有权限的同志办理。' },
  'dues.refund_not_stuck': { what: '这笔退款现在不用人工处理。', means: '不会重复退款。', todo: '请刷新看看最新的状态。' },
  // Reporting and settling a month, the delayed list, relief, consent
  'dues.month_report_refused': { what: '这个月现在不能上报或退回。', means: NOTHING_CHANGED, todo: '请刷新看看最新的情况。' },
  'dues.month_not_to_settle': { what: '这个月现在不能结账。', means: NOTHING_CHANGED, todo: '请刷新看看还有谁没有上报。' },
  'dues.delay_refused': { what: '缓缴名单不能这样改。', means: NOTHING_CHANGED, todo: '请刷新看看这个月最新的情况。' },
  'dues.relief_refused': { what: '这份减免不能这样办。', means: '应缴的金额没有改动。', todo: '请核对月份、金额和日期。' },
  'dues.consent_refused': { what: '这份同意不能这样记。', means: NOTHING_CHANGED, todo: '请核对月份和日期。' },
  // Arrears
  'dues.arrears_reason_refused': { what: '这条理由不能这样登记。', means: NOTHING_CHANGED, todo: '请核对起止日期后再登记。' },
  'dues.arrears_of_branch_only': { what: '提醒和会议材料要一个支部一个支部地办。', means: NOTHING_CHANGED, todo: '请先进入一个党支部，再提醒或取材料。' },
  // Reconciliation
  'dues.bill_day_refused': { what: '这一天没有可以对的账单。', means: NOTHING_CHANGED, todo: '请核对日期。' },
  'dues.difference_not_open': { what: '这笔差异已经有人处理了。', means: NOTHING_CHANGED, todo: '请刷新看看最新的情况。' },
  'dues.difference_not_resolved': { what: '只有已处理的差异才能重新打开。', means: NOTHING_CHANGED, todo: '请刷新看看最新的情况。' },
  'dues.difference_not_to_settle': { what: '这种差异不能用向微信核实的办法入账。', means: '没有入账。', todo: '请核实后写明原因，记为已处理。' },
  'dues.payment_not_found': { what: '微信支付答复：这笔订单没有付款成功。', means: '没有入账。只凭账单文件不会入账。', todo: '请到微信商户平台核对这笔交易。' },
  // Remittance
  'dues.remittance_refused': { what: '现在还不能开这张上缴单。', means: '没有开单，账目没有改动。', todo: '请按提示办好以后再开。' },
  // The county's own rules
  'dues.county_rules_refused': { what: '县里的设置不能这样改。', means: '原来的设置继续有效。', todo: '请核对开始的月份和比例。' },
  'dues.remittance_same_person': { what: '开上缴单的人不能自己确认到账。', means: '没有确认，账目没有改动。', todo: '请上级的另一位经办人核对后确认。' },

  // Spending
  ...spendingErrors,

  // WeChat's bridge, on the phone itself
  'pay.no_bridge': { what: '这个浏览器里打不开微信支付。', means: `订单还在，${NOT_CHARGED}`, todo: '请用微信打开本页，在“缴费记录”里找到这笔订单继续付款。' },
  'pay.bridge_failed': { what: '微信支付没有完成。', means: '如果您已经付款，钱不会丢：这里显示的以服务器收到的结果为准。', todo: '请看下面的状态；没有付款可以再点“去付款”。' },
}

const UNKNOWN: ErrorWords = errorWords.internal!

/** The words of a problem, with the parameters of its detail put in where they help. */
export function wordsFor(problem: Problem): ErrorWords {
  const words = errorWords[problem.code] ?? byStatus(problem.status)
  const more = detailWords(problem)
  return more ? { ...words, what: more } : words
}

function byStatus(status: number): ErrorWords {
  const code = { 401: 'session.needed', 403: 'authority.missing', 404: 'not_found', 409: 'conflict', 422: 'unprocessable', 429: 'too_many', 503: 'unavailable' }[status]
  return (code && errorWords[code]) || UNKNOWN
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function monthOf(problem: Problem): string {
  const month = text(problem.detail.month)
  return /^\d{4}-\d{2}$/.test(month) ? monthName(month) : ''
}

const MOST_NAMED = 5

/** Who stands in the way of a report, by name: 还有3人没有缴，也不在缓缴名单上：张三、李四、王五。 */
function blockersOf(detail: Record<string, unknown>): string {
  const people = Array.isArray(detail.people) ? detail.people : []
  const organisations = Array.isArray(detail.organisations) ? detail.organisations : []
  const names = [...people, ...organisations].map((one) => text((one as Record<string, unknown>).name)).filter(Boolean)
  if (names.length === 0) return ''
  const count = typeof detail.count === 'number' ? detail.count : names.length
  const shown = `${names.slice(0, MOST_NAMED).join('、')}${count > MOST_NAMED ? '等' : ''}`
  return people.length > 0 ? `还有${count}人没有缴，也不在缓缴名单上：${shown}。` : `还有${count}个组织没有上报：${shown}。`
}

function detailWords(problem: Problem): string {
  const { code, detail } = problem
  const named = blockersOf(detail)
  if (named) return named
  const reason = reasonWords(code, text(detail.reason))
  if (reason) return reason
  const month = monthOf(problem)
  if (code === 'dues.month_already_paid' && month) return `${month}的党费已经有人缴过了。`
  if (code === 'dues.month_reserved' && month) {
    if (detail.own === true && detail.channel === 'cash') return `${month}的党费您已交了现金，支部正在等第二人核对。`
    if (detail.own === true) return `${month}的党费在您另一笔还没付款的订单里。`
    const until = text(detail.held_until)
    return `${month}的党费正有人在缴${until ? `，最晚到${sayTime(until)}会有结果` : ''}。`
  }
  if (code === 'dues.cash_not_enough' && typeof detail.available_fen === 'number') return `支部手里还没有登记的现金只有 ${formatFen(detail.available_fen)}。`
  if (code === 'dues.spending_exceeds_held' && typeof detail.available_fen === 'number') return `现在可用的党费只有 ${formatFen(detail.available_fen)}。`
  if (code === 'members.import_not_ready' && typeof detail.unmatched === 'number' && detail.unmatched > 0) {
    return `文件里有 ${detail.unmatched} 行对不上，改好以前整个文件都不能应用。`
  }
  if (code === 'dues.total_changed' && typeof detail.total_fen === 'number') return `应缴金额刚刚变为 ${formatFen(detail.total_fen)}。`
  if (code === 'members.sign_in_locked' && text(detail.locked_until)) {
    return `连续多次没有通过，登录锁到${sayTime(text(detail.locked_until))}。`
  }
  return ''
}
