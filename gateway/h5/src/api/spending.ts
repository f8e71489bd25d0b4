import { http, read, write, type Schemas } from './client'

/** Calls of spending: entries with their two persons, what was spent by class and what is available (BOOK-4). */
export type Spending = Schemas['SpendingView']
export type SpendingState = Spending['state']
export type SpendingClass = Spending['spending_class']
export type SpendingSummary = Schemas['SpendingSummary']
export type NewSpending = Pick<Spending, 'spending_class' | 'amount_fen' | 'spent_on' | 'payee' | 'purpose' | 'voucher_number' | 'deciding_body' | 'decided_on'>
export interface SpendingQuery {
  year?: number
  spending_class?: SpendingClass
  state?: SpendingState
}

const PAGE = 50

export const spending = {
  list: (orgId: string, wanted: SpendingQuery, cursor?: string) =>
    read(() =>
      http.GET('/v1/organisations/{id}/spending', {
        params: { path: { id: orgId }, query: { ...wanted, limit: PAGE, ...(cursor ? { cursor } : {}) } },
      }),
    ),
  summary: (orgId: string, year: number) =>
    read(() => http.GET('/v1/organisations/{id}/spending-summary', { params: { path: { id: orgId }, query: { year } } })),
  record: (orgId: string, body: NewSpending) =>
    write({ action: `spending.record:${orgId}`, content: body, discreet: true }, (header) =>
      http.POST('/v1/organisations/{id}/spending', { body, params: { path: { id: orgId }, header } }),
    ),
  approve: (id: string) =>
    write({ action: `spending.approve:${id}` }, (header) =>
      http.POST('/v1/dues/spending/{id}/approval', { params: { path: { id }, header } }),
    ),
  refuse: (id: string, reason: string) =>
    write({ action: `spending.refuse:${id}`, discreet: true }, (header) =>
      http.POST('/v1/dues/spending/{id}/refusal', { body: { reason }, params: { path: { id }, header } }),
    ),
  reverse: (id: string, reason: string) =>
    write({ action: `spending.reverse:${id}`, discreet: true }, (header) =>
      http.POST('/v1/dues/spending/{id}/reversal', { body: { reason }, params: { path: { id }, header } }),
    ),
}
