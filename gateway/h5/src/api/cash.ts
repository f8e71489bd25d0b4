import { http, read, write, type Schemas } from './client'

/** Calls of cash: taking it, the second person, its way to the bank, and extras for the centre (PAY-2, PAY-5, PAY-6). */
export type CashPayer = Schemas['CashPayer']
export type CashTaking = Schemas['CashTaking']
export type CashTakingView = Schemas['CashTakingView']
export type CashOnHand = Schemas['CashOnHand']
export type CashDeposit = Schemas['CashDeposit']
export type CentreExtra = Schemas['CentreExtra']
export interface NewTaking {
  lines: Schemas['WishedLine'][]
  extras: Schemas['CashExtra'][]
  expected_total_fen: number
}
export interface NewDeposit {
  amount_fen: number
  banked_on: string
  slip_number: string
}

const PAGE = 50
const paged = (cursor?: string) => ({ limit: PAGE, ...(cursor ? { cursor } : {}) })
const chosen = <S extends string>(state: S | undefined, cursor?: string) => ({ ...(state ? { state } : {}), ...paged(cursor) })

export const takings = {
  payers: (orgId: string, cursor?: string) =>
    read(() => http.GET('/v1/organisations/{id}/cash-payers', { params: { path: { id: orgId }, query: paged(cursor) } })),
  list: (orgId: string, state?: CashTaking['state'], cursor?: string) =>
    read(() => http.GET('/v1/organisations/{id}/cash-takings', { params: { path: { id: orgId }, query: chosen(state, cursor) } })),
  get: (id: string) => read(() => http.GET('/v1/cash-takings/{id}', { params: { path: { id } } })),
  take: (orgId: string, body: NewTaking) =>
    write({ action: `cash.take:${orgId}`, content: body }, (header) =>
      http.POST('/v1/organisations/{id}/cash-takings', { body, params: { path: { id: orgId }, header } }),
    ),
  confirm: (id: string) =>
    write({ action: `cash.confirm:${id}` }, (header) =>
      http.POST('/v1/cash-takings/{id}/confirmation', { params: { path: { id }, header } }),
    ),
  release: (id: string, reason: string) =>
    write({ action: `cash.release:${id}`, content: reason }, (header) =>
      http.POST('/v1/cash-takings/{id}/release', { body: { reason }, params: { path: { id }, header } }),
    ),
}

export const deposits = {
  onHand: (orgId: string, cursor?: string) =>
    read(() => http.GET('/v1/organisations/{id}/cash-on-hand', { params: { path: { id: orgId }, query: paged(cursor) } })),
  list: (orgId: string, state?: CashDeposit['state'], cursor?: string) =>
    read(() => http.GET('/v1/organisations/{id}/cash-deposits', { params: { path: { id: orgId }, query: chosen(state, cursor) } })),
  handIn: (orgId: string, body: NewDeposit) =>
    write({ action: `cash.hand-in:${orgId}`, content: body }, (header) =>
      http.POST('/v1/organisations/{id}/cash-deposits', { body, params: { path: { id: orgId }, header } }),
    ),
  match: (id: string, statementFen: number, statementSlip: string) =>
    write({ action: `cash.match:${id}`, content: [statementFen, statementSlip] }, (header) =>
      http.POST('/v1/cash-deposits/{id}/match', {
        body: { statement_fen: statementFen, statement_slip: statementSlip },
        params: { path: { id }, header },
      }),
    ),
  withdraw: (id: string, reason: string) =>
    write({ action: `cash.withdraw:${id}`, content: reason }, (header) =>
      http.POST('/v1/cash-deposits/{id}/withdrawal', { body: { reason }, params: { path: { id }, header } }),
    ),
}

export const extras = {
  list: (orgId: string, state?: CentreExtra['state'], cursor?: string) =>
    read(() => http.GET('/v1/organisations/{id}/centre-extras', { params: { path: { id: orgId }, query: chosen(state, cursor) } })),
  passOn: (id: string) =>
    write({ action: `extra.pass-on:${id}` }, (header) =>
      http.POST('/v1/centre-extras/{id}/passing', { params: { path: { id }, header } }),
    ),
  enterReceipt: (id: string, number: string) =>
    write({ action: `extra.receipt:${id}`, content: number }, (header) =>
      http.POST('/v1/centre-extras/{id}/receipt', { body: { number }, params: { path: { id }, header } }),
    ),
}
