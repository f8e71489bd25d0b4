import { http, read, write, type Schemas } from './client'

/** Refunds of paid orders: asked for, decided by another, those that WeChat could not send, and cash that is handed back. */
export type OrderRefunds = Schemas['OrderRefunds']
export type RefundableLine = Schemas['RefundableLine']
export type RefundRequest = Schemas['RefundRequestView']
export type RefundReason = RefundRequest['reason']
export type RefundStanding = RefundRequest['standing']
export type StuckRefund = Schemas['StuckRefund']
export type RefundChannel = RefundRequest['channel']
export type CashReturn = Schemas['CashReturn']
export type ReturnSource = NonNullable<CashReturn['source']>
export interface NewRefund {
  lines: Schemas['WishedLine'][]
  reason: RefundReason
  words: string
}

const PAGE = 50
const paged = (cursor?: string) => ({ limit: PAGE, ...(cursor ? { cursor } : {}) })
const of = (id: string) => ({ path: { id } })

export const refunds = {
  ofOrder: (orderId: string) => read(() => http.GET('/v1/dues/orders/{id}/refund-requests', { params: of(orderId) })),
  ask: (orderId: string, body: NewRefund) =>
    write({ action: `refunds.ask:${orderId}`, content: body }, (header) =>
      http.POST('/v1/dues/orders/{id}/refund-requests', { body, params: { ...of(orderId), header } }),
    ),
  paidOrder: (number: string) => read(() => http.GET('/v1/dues/paid-orders/{number}', { params: { path: { number } } })),
  list: (waiting: boolean, cursor?: string) =>
    read(() => http.GET('/v1/dues/refund-requests', { params: { query: { waiting, ...paged(cursor) } } })),
  approve: (id: string) =>
    write({ action: `refunds.approve:${id}` }, (header) =>
      http.POST('/v1/dues/refund-requests/{id}/approval', { body: { words: '' }, params: { ...of(id), header } }),
    ),
  withdraw: (id: string) =>
    write({ action: `refunds.withdraw:${id}` }, (header) =>
      http.POST('/v1/dues/refund-requests/{id}/withdrawal', { params: { ...of(id), header } }),
    ),
  refuse: (id: string, words: string) =>
    write({ action: `refunds.refuse:${id}`, content: words }, (header) =>
      http.POST('/v1/dues/refund-requests/{id}/refusal', { body: { words }, params: { ...of(id), header } }),
    ),
}

export const stuckRefunds = {
  list: (cursor?: string) => read(() => http.GET('/v1/dues/stuck-refunds', { params: { query: paged(cursor) } })),
  retry: (id: string) =>
    write({ action: `refunds.retry:${id}` }, (header) => http.POST('/v1/dues/stuck-refunds/{id}/retry', { params: { ...of(id), header } })),
  enter: (id: string, words: string) =>
    write({ action: `refunds.enter:${id}`, content: words }, (header) =>
      http.POST('/v1/dues/stuck-refunds/{id}/hand-payment', { body: { words }, params: { ...of(id), header } }),
    ),
  confirm: (id: string) =>
    write({ action: `refunds.confirm:${id}` }, (header) =>
      http.POST('/v1/dues/stuck-refunds/{id}/hand-payment/confirmation', { params: { ...of(id), header } }),
    ),
}

export const cashReturns = {
  list: (orgId: string, returned: boolean, cursor?: string) =>
    read(() => http.GET('/v1/organisations/{id}/cash-returns', { params: { ...of(orgId), query: { returned, ...paged(cursor) } } })),
  record: (id: string, body: { source: ReturnSource; voucher: string; words: string }) =>
    write({ action: `cash-returns.record:${id}`, content: body }, (header) =>
      http.POST('/v1/cash-returns/{id}/record', { body, params: { ...of(id), header } }),
    ),
  confirm: (id: string) =>
    write({ action: `cash-returns.confirm:${id}` }, (header) => http.POST('/v1/cash-returns/{id}/confirmation', { params: { ...of(id), header } })),
  release: (id: string, reason: string) =>
    write({ action: `cash-returns.release:${id}`, content: reason }, (header) =>
      http.POST('/v1/cash-returns/{id}/release', { body: { reason }, params: { ...of(id), header } }),
    ),
}
