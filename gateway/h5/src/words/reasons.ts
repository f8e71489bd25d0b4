import { cashReasons } from './cash'
import { decisionRefusals, delayRefusals, reportReasons } from './months'
import { refundFaults, returnFaults } from './refunds'
import { fileFaults } from './roster'
import { spendingReasons } from './spending'

/** The finer reasons beside a code (`detail.reason`), in sentences. An unknown reason falls back to the code's own sentence. */
const orderReasons: Record<string, string> = {
  months_not_consecutive: '月份要从最早没缴的那个月开始，一个月接一个月地选。',
  too_many_back_months: '没缴的月份太多，已经超过可以自己补交的范围，需要支部和上级党组织说明后办理。',
  too_far_ahead: '选的月份太靠后，还不能预缴。',
  order_empty: '还没有选要缴的月份。',
  order_too_many_people: '一次代缴的人太多了，请分几次缴。',
  order_too_many_lines: '一次缴的月份太多了，请分几次缴。',
  line_repeated: '同一个人同一个月选了两次。',
  beneficiary_unknown: '名单里有人您现在不能替他缴，请返回重新选择。',
  month_not_open: '有的月份不用缴，请返回看看最新的情况。',
  month_unassessed: '有的月份还没有核定标准，核定后才能缴。',
  consent_needed: '按县里的规定，替这位党员代缴要先由他的支部同意。',
  nothing_to_pay: '没有要缴的金额。',
  extra_too_large: '自愿多交的金额太大，请核对是不是多填了位数。',
  extra_without_own_month: '自愿多交要和本人的月份一起缴。',
}

const passwordReasons: Record<string, string> = {
  password_too_short: '密码太短，至少要 8 位。',
  password_too_long: '密码太长，最多 64 位。',
  password_one_kind: '密码太简单，字母、数字、符号里至少要有两种。',
  password_common: '这个密码太常见，容易被猜到。',
  password_contains_phone: '密码里不要带手机号。',
  password_contains_birth_date: '密码里不要带生日。',
  password_contains_identity_number: '密码里不要带身份证号码。',
}

const grantReasons: Record<string, string> = {
  role_not_for_this_kind: '这个角色不能授在这一级组织上。',
  finance_also_approves: '财务人员不能同时担任审批的管理员，两种角色要分开。',
  system_admin_also_sees: '系统管理员看不到党费基数和身份证号，不能同时担任看得到这些内容的管理员，两种角色要分开。',
  already_held: '这位同志已经有这个角色了。',
  too_many_roles: '这位同志的角色已经够多了，请先收回用不到的。',
  not_to_oneself: '不能给自己授予角色，请由另一位管理员办理。',
  only_by_system_admin: '系统管理员只能由现任的系统管理员授予。',
}

const calculationReasons: Record<string, string> = {
  member_class_unknown: '没有这个党员类别。',
  month_before_rule_profile: '规则不包括这么早的月份。',
  too_many_items: '填的项目太多了。',
  item_unknown: '有的项目不在当前的规则里。',
  item_repeated: '同一个项目填了两次。',
  item_not_for_class: '有的项目不属于这个类别。',
  item_not_counted_for_class: '有的项目按规定不计入党费基数。',
  item_must_be_counted: '有的项目按规定必须计入党费基数。',
  deduction_unknown: '有的扣除项不在当前的规则里。',
  deduction_not_for_class: '有的扣除项不属于这个类别。',
  amount_negative: '金额不能小于零。',
  amount_too_large: '金额太大，请核对是不是多填了位数。',
  nothing_counted: '还没有填计入基数的收入。',
  quarter_income_not_for_class: '只有不按月取得收入的党员才填上季度收入。',
  quarter_months_wrong: '要填上一个季度三个月的收入。',
  earlier_amount_not_for_class: '只有离退休党员可以沿用以前的标准。',
  earlier_amount_with_items: '沿用以前的标准时，不要再填收入项目。',
  base_not_positive: '计入的收入减去扣除后不大于零，需要人工核对。',
  flat_class_not_assessed: '这个类别按固定标准缴纳，不需要核定。',
  member_class_differs: '这个月他的党员类别不是这一类，请按名册上的类别核定。',
  assessment_year_fixed: '今年的标准已经核定，按规定到明年一月再调整。',
  rule_profile_invalid: '县里的党费规则设置有误，请联系县级管理员。',
}

const monthReasons: Record<string, string> = {
  month_in_future: '还没有到这个月，不能提前开放。',
  month_not_following: '要按月份顺序开放，前面还有月份没有开放。',
}

const arrearsReasons: Record<string, string> = {
  days_reversed: '结束的日子早于开始的日子。',
  too_long: '一条理由最长登记一年，到期再看要不要续。',
  too_old: '开始的日子太早，三年以前的请在支部会上说明。',
  too_early: '开始的日子太远，最多提前一年登记。',
}

const billDayReasons: Record<string, string> = {
  not_over: '这一天还没有过完，账单要到次日才有。',
  too_old: '这一天太早，微信支付已经不提供账单了，请上传以前下载的文件。',
}

const remittanceReasons: Record<string, string> = {
  month_not_ended: '这个月还没有结束，结束以后才能上缴。',
  nothing_to_remit: '这个月没有可以上缴的党费。',
  earlier_month_open: '前面还有月份没有上缴，请先办前面的。',
  lower_not_arrived: '下级还有上缴单没有开出或没有确认到账。',
  cash_not_deposited: '收到的现金还没有存入账户，请先存入。',
  already_made: '这个月的上缴单已经开过了。',
  no_upper_level: '这个组织在本平台没有上级，不用开上缴单。',
}

const countyRuleReasons: Record<string, string> = {
  month_past: '只能从本月或以后的月份起设定，已经过去的月份不再改动。',
  nothing_changed: '和从那个月起已有的设置一样，没有要改的。',
  too_many_versions: '设置的版本太多了，请联系平台维护人员。',
}

const byCode: Record<string, Record<string, string>> = {
  'dues.order_refused': orderReasons,
  'members.password_too_weak': passwordReasons,
  'members.grant_refused': grantReasons,
  'dues.calculation_refused': calculationReasons,
  'dues.assessment_refused': calculationReasons,
  'dues.month_not_to_open': monthReasons,
  'dues.cash_refused': cashReasons,
  'dues.arrears_reason_refused': arrearsReasons,
  'dues.remittance_refused': remittanceReasons,
  'members.roster_file_refused': fileFaults,
  'dues.refund_not_possible': refundFaults,
  'dues.cash_return_refused': returnFaults,
  'dues.county_rules_refused': countyRuleReasons,
  'dues.month_report_refused': reportReasons,
  'dues.month_not_to_settle': reportReasons,
  'dues.delay_refused': delayRefusals,
  'dues.relief_refused': decisionRefusals,
  'dues.consent_refused': decisionRefusals,
  'dues.bill_day_refused': billDayReasons,
  'dues.spending_refused': spendingReasons,
}

export function reasonWords(code: string, reason: string): string {
    // A service may name a reason with its own prefix (`dues.base_not_positive`).
  const bare = reason.slice(reason.lastIndexOf('.') + 1)
  return (bare && byCode[code]?.[bare]) || ''
}
