import type { CashDeposit, CashTaking, CentreExtra } from '@/api/cash'
import type { OrderState } from '@/api/dues'
import type { ErrorWords } from './errors'
import type { StateWords } from './terms'

/** The Chinese words of cash, its way to the bank, and what is given beyond the dues. */
export const takingStates: Record<CashTaking['state'], StateWords> = {
  waiting: { word: '待核对', sign: 'clock', tone: 'soon', more: '月份已经占好，别人核对以后才入账。' },
  confirmed: { word: '已入账', sign: 'check', tone: 'done', more: '两个人都核对过，已经入账，每人一张票据。' },
  refused: { word: '已退回', sign: 'back', tone: 'quiet', more: '核对的人退回了，没有入账，月份已经放开。' },
  withdrawn: { word: '已撤回', sign: 'dash', tone: 'quiet', more: '经手人自己撤回了，没有入账，月份已经放开。' },
}

export const depositStates: Record<CashDeposit['state'], StateWords> = {
  handed_in: { word: '待对账', sign: 'clock', tone: 'soon', more: '等财务人员和银行流水核对。' },
  confirmed: { word: '已到账', sign: 'check', tone: 'done', more: '金额和单号都和银行流水一致，已经记到党费账户。' },
  differs: { word: '对不上', sign: 'warn', tone: 'soon', more: '和银行流水不一致，没有入账。支部撤回后重新登记，或由财务再次核对。' },
  withdrawn: { word: '已撤回', sign: 'dash', tone: 'quiet', more: '支部撤回了这张单，现金仍算在支部手里。' },
}

export const extraStates: Record<CentreExtra['state'], StateWords> = {
  collected: { word: '已收到', sign: 'clock', tone: 'soon', more: '已经入账，还没有逐级上缴。' },
  passed_on: { word: '已上缴', sign: 'info', tone: 'info', more: '已经全额逐级上缴，等中央组织部开出收据。' },
  receipted: { word: '收据已到', sign: 'check', tone: 'done', more: '中央组织部的收据号已经登记。' },
}

/** What a member reads of his own cash order. */
export const cashOrderStates: Partial<Record<OrderState, StateWords>> = {
  refund_requested: { word: '退还中', sign: 'back', tone: 'info', more: '已经同意退还，请到支部领取现金。' },
  refunded: { word: '已退还', sign: 'back', tone: 'done', more: '现金已经退还给您，票据已作废。' },
  created: { word: '现金待核对', sign: 'clock', tone: 'info', more: '支部已登记收到您的现金，由另一个人核对以后入账、开票据。这几个月不用再用微信缴。' },
  closed: { word: '现金已退回', sign: 'dash', tone: 'quiet', more: '支部撤回或退回了这笔登记，没有入账。现金请向支部问清楚；也可以改用微信缴纳。' },
}

const NOT_BOOKED = '没有入账，钱数没有变化。'

export const cashErrors: Record<string, ErrorWords> = {
  'dues.cash_refused': { what: '这样登记现金不行。', means: NOT_BOOKED, todo: '请核对后再登记。' },
  'dues.same_person': { what: '收钱的人不能自己核对。', means: NOT_BOOKED, todo: '请另一位支部管理员或上级党委管理员来核对。' },
  'dues.cash_decided': { what: '这笔现金刚刚已经有人办过了。', means: '不会重复入账。', todo: '请刷新看看它现在的状态。' },
  'dues.cash_not_enough': { what: '支部手里没有这么多现金。', means: NOT_BOOKED, todo: '请核对存款单上的金额，已经登记过的不要重复登记。' },
  'dues.cash_return_refused': { what: '这笔现金现在不能这样退。', means: NOT_BOOKED, todo: '请刷新看看它现在的状态。' },
  'dues.slip_used': { what: '这张存款单已经登记过了。', means: '不会重复记账。', todo: '请核对单号；登记错的可以先撤回。' },
  'dues.deposit_decided': { what: '这张存款单刚刚已经有人办过了。', means: '不会重复记账。', todo: '请刷新看看它现在的状态。' },
  'dues.extra_state': { what: '这一步已经办过，或者还没有轮到。', means: '钱数没有变化。', todo: '请刷新看看最新的状态：先登记上缴，再登记收据号。' },
}

export const cashReasons: Record<string, string> = {
  not_a_branch: '只有党支部可以登记现金。',
  month_of_another_branch: '有的月份应当缴给别的支部，不能在这里收。',
  date_not_credible: '存款日期不对，不能晚于今天，也不能是一年以前。',
}
