import type { SpendingClass, SpendingState } from '@/api/spending'
import type { ErrorWords } from './errors'
import type { StateWords } from './terms'

/** The Chinese words of spending. The five classes are those of the rule; there is no sixth. */
export const spendingClasses: Record<SpendingClass, string> = {
  training: '培训党员',
  education_materials: '党员教育报刊、资料和设备',
  commendation: '表彰先进',
  member_aid: '补助困难、受灾党员',
  room_repair: '修缮受损的党员教育设施',
}

export const spendingStates: Record<SpendingState, StateWords> = {
  recorded: { word: '待审批', sign: 'clock', tone: 'soon', more: '已经登记，等另一位经办人审批，还没有记账。' },
  approved: { word: '已记账', sign: 'check', tone: 'done', more: '另一位经办人已审批，支出已经记账。' },
  refused: { word: '未通过', sign: 'back', tone: 'quiet', more: '没有通过审批，没有记账。' },
  reversed: { word: '已冲销', sign: 'back', tone: 'quiet', more: '已经用红字冲回，这笔钱重新可以使用。' },
}

const NOT_BOOKED = '没有记账，可用的党费没有变化。'

export const spendingErrors: Record<string, ErrorWords> = {
  'dues.spending_refused': { what: '这笔支出不能这样登记。', means: NOT_BOOKED, todo: '请核对后再登记。' },
  'dues.spending_exceeds_held': { what: '可用的党费没有这么多。', means: NOT_BOOKED, todo: '请核对金额；刚有别的支出获批或刚上缴时，可用数会变少。' },
  'dues.voucher_used': { what: '这个凭证号今年已经登记过了。', means: '不会重复记账。', todo: '请核对凭证号；登记错的要先退回或冲销。' },
  'dues.spending_same_person': { what: '登记支出的人不能自己审批、退回或冲销。', means: NOT_BOOKED, todo: '请另一位经办人核对票据后办理。' },
  'dues.spending_decided': { what: '这笔支出刚刚已经有人办过了。', means: '不会重复记账。', todo: '请刷新看看它现在的状态。' },
}

export const spendingReasons: Record<string, string> = {
  keeps_nothing: '党支部的党费全额上缴，没有可以支出的党费。',
  spent_in_future: '支出日期不能晚于今天。',
  spent_too_long_ago: '一年以前的支出属于已经公示过的账，不能再登记。',
  decided_in_future: '研究决定的日期不能晚于今天。',
}
