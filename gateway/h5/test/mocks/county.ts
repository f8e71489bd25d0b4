import type { Beneficiary, Calculation, MemberMonth, OwedMonth, Profile, ProfileClass } from '@/api/dues'
import type { Member, Org } from '@/api/members'
import { monthOfInstant, plusMonths } from '@/lib/months'

/** A made-up county for looking at pages and for tests: every name, number and amount is generated here, none is a person's. */
const SURNAMES = [...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗']
const GIVEN = ['建明', '秀英', '桂芳', '志强', '小红', '国华', '玉兰', '文军', '春梅', '德贵', '素芳', '大勇', '永福', '丽华', '光荣', '天明']

export const thisMonth = monthOfInstant(new Date())

export function id(number: number): string {
  return `01890000-0000-7000-8000-${String(number).padStart(12, '0')}`
}

export function personName(number: number): string {
  return SURNAMES[number % SURNAMES.length]! + GIVEN[(number * 7) % GIVEN.length]!
}

export const orgs: Org[] = [
  { id: id(1), parent_id: null, code: 'yt', name: '中共盐亭县委员会', kind: 'county_committee', path: 'yt', member_count: 27385 },
  { id: id(2), parent_id: id(1), code: 't03', name: '黄甸镇党委', kind: 'township_committee', path: 'yt.t03', member_count: 1204 },
  { id: id(3), parent_id: id(2), code: 'b012', name: '黄甸镇桑坪村党支部', kind: 'branch', path: 'yt.t03.b012', member_count: 46 },
  { id: id(4), parent_id: id(2), code: 'b013', name: '黄甸镇龙台村党支部', kind: 'branch', path: 'yt.t03.b013', member_count: 38 },
  { id: id(5), parent_id: id(1), code: 'd01', name: '县农业农村局党委', kind: 'department_committee', path: 'yt.d01', member_count: 233 },
]

const CLASSES: Member['member_class'][] = ['farmer', 'farmer', 'farmer', 'village_cadre', 'retired', 'public_institution', 'student']

export function member(number: number): Member {
  return {
    id: id(1000 + number),
    name: personName(number),
    sex: number % 3 === 0 ? '女' : '男',
    nation: '汉族',
    id_number_masked: `5107**********${String(1000 + number).slice(-4)}`,
    phone_masked: `138****${String(2000 + number * 13).slice(-4)}`,
    branch_id: id(3),
    branch_name: '黄甸镇桑坪村党支部',
    branch_path: 'yt.t03.b012',
    status: number % 11 === 5 ? 'probationary' : 'full',
    member_class: CLASSES[number % CLASSES.length]!,
    household: `07${number % 9}`,
    joined_on: `${1980 + (number % 40)}-07-01`,
    full_on: `${1981 + (number % 40)}-07-01`,
    away: number % 4 === 1,
    away_place: number % 4 === 1 ? '广东省东莞市' : '',
    has_account: number % 3 !== 2,
    version: 1,
  }
}

export const roster: Member[] = Array.from({ length: 46 }, (_, index) => member(index))

export function owed(state: OwedMonth['state'], back: number, fen: number | null): OwedMonth {
  return { month: plusMonths(thisMonth, -back), state, amount_fen: fen, paid_fen: state === 'paid' ? (fen ?? 0) : 0, held_until: null, receipt_id: null }
}

/** Months of a member who owes the last `open` ones, newest last. */
export function monthsOwing(open: number, fen: number): OwedMonth[] {
  return Array.from({ length: 9 }, (_, index) => owed(index < open ? 'due' : 'paid', index, fen)).reverse()
}

export function monthsAhead(fen: number): OwedMonth[] {
  return Array.from({ length: 6 }, (_, index) => owed('ahead', -index - 1, fen))
}

export function beneficiary(number: number, open: number, fen: number, inFull = true): Beneficiary {
  const name = personName(number)
  return {
    member_id: id(1000 + number),
    name: inFull ? name : `${name[0]}*${name.at(-1)}`,
    branch_name: '黄甸镇桑坪村党支部',
    favourite: number % 5 === 0,
    owed_fen: open * fen,
    months: monthsOwing(open, fen),
    ahead: monthsAhead(fen),
  }
}

const NOTICE = '组电明字〔2017〕5号 第一部分第(2)项'
const RULES = '中组发〔2008〕3号'

const wage: ProfileClass = {
  member_class: 'public_institution',
  label: '事业单位工作人员',
  flat_fen: null,
  takes_quarter_income: false,
  may_follow_earlier: false,
  items: [
    { code: 'position_salary', label: '岗位工资', counted: true, rule: 'DUE-3', article: `${RULES} 第一条` },
    { code: 'pay_scale_salary', label: '薪级工资', counted: true, rule: 'DUE-3', article: `${RULES} 第一条` },
    { code: 'basic_performance_pay', label: '基础性绩效工资', counted: true, rule: 'DUE-3', article: NOTICE },
    { code: 'allowance_subsidy', label: '津贴补贴', counted: true, rule: 'DUE-3', article: `${RULES} 第一条` },
    { code: 'incentive_performance_pay', label: '奖励性绩效工资', counted: false, rule: 'DUE-3', article: NOTICE },
    { code: 'transport_subsidy', label: '交通补贴', counted: false, rule: 'DUE-4', article: NOTICE },
  ],
  deductions: [
    { code: 'income_tax', label: '个人所得税', counted: false, rule: 'DUE-4', article: NOTICE },
    { code: 'pension_insurance', label: '养老保险', counted: false, rule: 'DUE-4', article: NOTICE },
    { code: 'housing_fund', label: '个人缴存的住房公积金', counted: false, rule: 'DUE-4', article: NOTICE },
  ],
}

export const profile: Profile = {
  version: '2008-2017-sichuan',
  from_month: '2017-01',
  rounding: 'half_up',
  cap_fen: 100_000,
  back_months: 6,
  ahead_months: 6,
  classes: [
    wage,
    { ...wage, member_class: 'village_cadre', label: '有固定补贴的村干部', items: [{ code: 'fixed_allowance', label: '村(社区)干部固定补贴', counted: true, rule: 'DUE-9', article: `${RULES} 第六条及当地口径` }], deductions: [] },
    { ...wage, member_class: 'retired', label: '离退休人员', may_follow_earlier: true, items: [{ code: 'pension', label: '离退休费(基本养老金)', counted: true, rule: 'DUE-8', article: `${RULES} 第五条` }, { code: 'care_allowance', label: '护理费', counted: false, rule: 'DUE-8', article: `${RULES} 第五条及当地离退休费口径` }], deductions: [] },
    { ...wage, member_class: 'self_employed', label: '不按月取得收入的人员', takes_quarter_income: true, items: [], deductions: [] },
    { ...wage, member_class: 'farmer', label: '农民', flat_fen: 20, items: [], deductions: [] },
    { ...wage, member_class: 'student', label: '学生', flat_fen: 20, items: [], deductions: [] },
  ],
}

export const calculation: Calculation = {
  base_fen: 480_000,
  rate_basis_points: 100,
  amount_fen: 4_800,
  voluntary_remainder_fen: 0,
  rounding: 'half_up',
  capped: false,
  profile_version: profile.version,
  explanation: [
    { key: 'item_counted', item: 'position_salary', label: '岗位工资', sign: 1, amount_fen: 300_000, rule: 'DUE-3', article: `${RULES} 第一条`, parameters: {} },
    { key: 'item_counted', item: 'pay_scale_salary', label: '薪级工资', sign: 1, amount_fen: 260_000, rule: 'DUE-3', article: `${RULES} 第一条`, parameters: {} },
    { key: 'item_left_out', item: 'incentive_performance_pay', label: '奖励性绩效工资', sign: 0, amount_fen: 120_000, rule: 'DUE-3', article: NOTICE, parameters: {} },
    { key: 'item_left_out', item: 'transport_subsidy', label: '交通补贴', sign: 0, amount_fen: 50_000, rule: 'DUE-4', article: NOTICE, parameters: {} },
    { key: 'deduction', item: 'pension_insurance', label: '养老保险', sign: -1, amount_fen: 80_000, rule: 'DUE-4', article: NOTICE, parameters: {} },
    { key: 'base', item: '', label: '', sign: 0, amount_fen: 480_000, rule: 'DUE-3', article: `${RULES} 第一条`, parameters: {} },
    { key: 'rate', item: '', label: '', sign: 0, amount_fen: null, rule: 'DUE-1', article: `${RULES} 第二条`, parameters: { above_fen: '300000', up_to_fen: '500000', rate_basis_points: '100' } },
    { key: 'whole_base', item: '', label: '', sign: 0, amount_fen: null, rule: 'DUE-2', article: `${RULES} 第二条`, parameters: { exact_numerator: '4800', exact_denominator: '1' } },
  ],
}

export function memberMonth(number: number, state: MemberMonth['state']): MemberMonth {
  const one = member(number)
  const fen = state === 'unassessed' ? null : one.member_class === 'farmer' ? 20 : 4_800
  return { member_id: one.id, name: one.name, member_class: one.member_class, status: one.status, month: thisMonth, branch_name: one.branch_name, state, amount_fen: fen, paid_fen: state === 'paid' ? (fen ?? 0) : 0 }
}
