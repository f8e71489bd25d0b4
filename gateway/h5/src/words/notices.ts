import type { Notice } from '@/api/members'
import { plainYuan } from '@/lib/money'
import { monthsName } from '@/lib/months'
import type { IconName } from '@/ui/icons'

/** What each kind of notice says. A new kind is one entry here; one that these pages do not know yet still shows that something came. */
export interface NoticeWords {
  icon: IconName
  title: string
  text: string
}

const kinds: Record<string, (notice: Notice) => NoticeWords> = {
  paid_for_you: (notice) => ({
    icon: 'family',
    title: '有人替您缴了党费',
    text: `您${monthsName(notice.months)}的党费已由他人代缴${notice.amount_fen === null ? '' : `，共 ${plainYuan(notice.amount_fen)}\u00a0元`}。`,
  }),
  cash_confirmed: (notice) => ({
    icon: 'dues',
    title: '您的现金党费已入账',
    text: `支部收到您${monthsName(notice.months)}的党费现金${notice.amount_fen === null ? '' : ` ${plainYuan(notice.amount_fen)}\u00a0元`}，已由第二人核对。请看看和您交的是否一致。`,
  }),
  month_reopened: (notice) => ({
    icon: 'dues',
    title: '党费已退，月份重新待缴',
    text: `您${monthsName(notice.months)}的党费${notice.amount_fen === null ? '' : ` ${plainYuan(notice.amount_fen)}\u00a0元`}已同意退给付款人，这几个月重新变为待缴。`,
  }),
  refund_refused: (notice) => ({
    icon: 'dues',
    title: '退款申请没有通过',
    text: `您申请的退款${notice.amount_fen === null ? '' : ` ${plainYuan(notice.amount_fen)}\u00a0元`}没有通过，原来的缴纳继续有效。原因写在订单里。`,
  }),
  refund_sent: (notice) => ({
    icon: 'dues',
    title: '退款已到账',
    text: `${notice.amount_fen === null ? '退款' : `${plainYuan(notice.amount_fen)}\u00a0元`}已经退给您，请在微信里查收。`,
  }),
  cash_refund_ready: (notice) => ({
    icon: 'dues',
    title: '退款已通过，请领取现金',
    text: `您申请退还的党费${notice.amount_fen === null ? '' : ` ${plainYuan(notice.amount_fen)}\u00a0元`}已经通过，请到支部领取并签字。领到以前，这几个月仍算已缴。`,
  }),
  cash_returned: (notice) => ({
    icon: 'dues',
    title: '现金党费已退还',
    text: `您用现金缴的党费${notice.amount_fen === null ? '' : ` ${plainYuan(notice.amount_fen)}\u00a0元`}已登记退还给您，并由第二人核对。请看看和您收到的是否一致，没有收到请向支部或上级问清楚。`,
  }),
  dues_reminder: (notice) => ({
    icon: 'dues',
    title: '支部提醒您看看党费',
    text: `您${monthsName(notice.months)}的党费还没有缴${notice.amount_fen === null ? '' : `，共 ${plainYuan(notice.amount_fen)}\u00a0元`}。方便时缴纳即可，有困难请告诉支部。`,
  }),
}

const unknownKind: NoticeWords = { icon: 'bell', title: '您有一条新通知', text: '这条通知要用新的页面才看得到。请关掉本页，重新打开。' }

export function noticeWords(notice: Notice): NoticeWords {
  return kinds[notice.kind]?.(notice) ?? unknownKind
}

/** Where a notice leads, and what the way there is called. */
export interface NoticeWay {
  to: string
  words: string
  /** In elder mode, as a whole sentence. */
  elder: string
}

const references: Record<string, (id: string) => NoticeWay> = {
  receipt: (id) => ({ to: `/dues/receipts/${id}`, words: '看票据', elder: '去看我的票据' }),
  order: (id) => ({ to: `/dues/orders/${id}`, words: '看订单', elder: '去看这笔订单' }),
}

/** Kinds that lead to a page of the reader's own, whatever they refer to. */
const ways: Record<string, NoticeWay> = {
  dues_reminder: { to: '/dues', words: '看我的党费', elder: '去看我的党费' },
}

export function noticeWay(notice: Notice): NoticeWay | null {
  return (notice.reference ? references[notice.reference.kind]?.(notice.reference.id) : ways[notice.kind]) ?? null
}

const MOST_SHOWN = 99

/** The figure at the bell: 99+ for all that is more. */
export function unreadFigure(unread: number): string {
  return unread > MOST_SHOWN ? `${MOST_SHOWN}+` : String(unread)
}
