import type { DuesMonth, Ledger, MemberClass, MonthItemState, OrderState, PaymentException } from '@/api/dues'
import type { Member, Org, RoleName, RowOutcome } from '@/api/members'

/** The Chinese names of the words that the contracts use. One name for one thing, on every page. */
export type Sign = 'check' | 'clock' | 'dash' | 'warn' | 'info' | 'pause' | 'back' | 'cross'
export type Tone = 'done' | 'soon' | 'info' | 'quiet'

export interface StateWords {
  word: string
  sign: Sign
  tone: Tone
  more: string
}

export const monthStates: Record<MonthItemState, StateWords> = {
  due: { word: '待缴', sign: 'clock', tone: 'soon', more: '本月党费还没有缴纳。' },
  underpaid: { word: '待补差额', sign: 'clock', tone: 'soon', more: '已经缴过一部分，还差一些。' },
  paid: { word: '已缴', sign: 'check', tone: 'done', more: '本月党费已经缴清。' },
  reserved: { word: '缴纳中', sign: 'pause', tone: 'info', more: '有一笔还没有付完的订单占着这个月，付完或超时后会有结果。' },
  unassessed: { word: '待核定', sign: 'info', tone: 'info', more: '支部还没有核定您的党费标准，核定后才能缴纳。' },
  exempt: { word: '免缴', sign: 'dash', tone: 'quiet', more: '这个月不用缴纳。' },
  delayed: { word: '缓缴', sign: 'pause', tone: 'info', more: '已经列入缓缴名单，可以晚些缴，金额不变；现在也可以缴。' },
  ahead: { word: '可预缴', sign: 'dash', tone: 'quiet', more: '还没有到这个月，可以提前缴纳。' },
}

export const orderStates: Record<OrderState, StateWords> = {
  created: { word: '待付款', sign: 'clock', tone: 'soon', more: '月份已经为您占好，请在时限内付款。' },
  paying: { word: '付款中', sign: 'pause', tone: 'info', more: '如果您已经付款，请等一等结果；还没有付款的，可以接着付，不会重复扣款。' },
  succeeded: { word: '缴纳成功', sign: 'check', tone: 'done', more: '钱已入账，票据已开出。' },
  failed: { word: '付款没有成功', sign: 'cross', tone: 'quiet', more: '微信支付没有完成，没有扣款。' },
  closed: { word: '已关闭', sign: 'dash', tone: 'quiet', more: '没有付款，也没有扣款。' },
  late_paid: { word: '超时付款', sign: 'back', tone: 'info', more: '钱在订单关闭以后才到，会自动原路退回。' },
  refund_requested: { word: '退款中', sign: 'back', tone: 'info', more: '已经提交退款，原路退回您的微信。' },
  refunded: { word: '已退款', sign: 'back', tone: 'done', more: '钱已原路退回您的微信。' },
}

export const memberClasses: Record<MemberClass, string> = {
  civil_servant: '公务员（机关干部）',
  public_institution: '事业单位工作人员',
  office_worker: '机关工人',
  enterprise: '企业职工',
  annual_salary: '实行年薪制人员',
  self_employed: '不按月取得收入的个体经营者等',
  village_cadre: '有固定补贴的村干部',
  retired: '离退休人员',
  farmer: '农民',
  student: '学生',
  laid_off: '下岗失业人员',
  relief: '依靠抚恤或救济生活的人员',
  minimum_allowance: '领取当地最低生活保障金的人员',
}

export const memberStatuses: Record<Member['status'], string> = {
  full: '正式党员',
  probationary: '预备党员',
  suspended: '停止党籍',
  removed: '已出党',
  transferred_out: '已转出',
}

export const roleNames: Record<RoleName, string> = {
  resident: '群众',
  member: '党员',
  branch_admin: '支部管理员',
  committee_admin: '党委管理员',
  county_admin: '县级管理员',
  finance: '党费财务',
  editor: '编辑',
  system_admin: '系统管理员',
}

export const orgKinds: Record<Org['kind'], string> = {
  county_committee: '县委',
  township_committee: '乡镇党委',
  department_committee: '部门党委',
  general_branch: '党总支',
  branch: '党支部',
  group: '党小组',
}

export const rowOutcomes: Record<RowOutcome, { word: string; more: string }> = {
  added: { word: '新增', more: '文件里有、花名册里没有，应用后加入花名册。' },
  changed: { word: '变更', more: '资料有变化，应用后更新，旧资料保留历史。' },
  moved: { word: '调整支部', more: '所在支部变了，从应用当天起算，原支部记录保留。' },
  unmatched: { word: '对不上', more: '只要还有一行对不上，整个文件都不会应用。请按原因改好文件，重新上传。' },
  missing: { word: '文件中没有', more: '花名册里有、文件里没有。只列出来，不会删除任何人。' },
  unchanged: { word: '没有变化', more: '与花名册一致。' },
}

export const accountKinds: Record<Ledger['accounts'][number]['kind'], string> = {
  branch_dues_income: '党费收入',
  provider_clearing: '微信支付待结算',
  cash: '现金',
  refunds_payable: '应退款',
  suspense: '待查款',
  remittance: '上缴',
  voluntary_extra: '自愿多交',
  bank: '党费账户存款',
  remittance_received: '收到下级上缴',
  spending: '党费支出',
  paid_out: '党费账户付出',
}

export const exceptionKinds: Record<PaymentException['kind'], { word: string; more: string }> = {
  amount_differs: { word: '金额不一致', more: '微信支付报来的金额与订单不同，没有入账。' },
  currency_differs: { word: '币种不一致', more: '报来的币种不是人民币，没有入账。' },
  merchant_differs: { word: '商户不一致', more: '报来的商户号不是本县的，没有入账。' },
  app_differs: { word: '应用不一致', more: '报来的应用编号不是本县的，没有入账。' },
  order_unknown: { word: '找不到订单', more: '收到一笔款，但没有对应的订单。' },
  paid_twice: { word: '重复付款', more: '同一笔钱收到或退回了两次，请核对。' },
  refund_failed: { word: '退款失败', more: '微信支付没有完成退款，需要人工处理。' },
}

export const dutyStates: Record<DuesMonth['state'], string> = {
  draft: '未开放',
  open: '收缴中',
  branch_reported: '支部已报',
  committee_reported: '党委已报',
  settled: '已结账',
}
