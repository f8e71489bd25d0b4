import { http, read, write, type Schemas } from './client'

/** Calls of reconciliation: the days, what differs, and what finance makes of it. */
export type Reconciliation = Schemas['ReconciliationView']
export type ReconciliationState = Reconciliation['state']
export type DayBill = Schemas['BillView']
export type Difference = Schemas['DifferenceView']
export type DifferenceKind = Difference['kind']
export type DifferenceList = Difference['list']
export type DifferenceState = Difference['state']
export type DifferenceReason = NonNullable<Difference['reason']>
export type DifferenceDetail = Schemas['DifferenceDetail']
export type MatchedRow = Schemas['MatchedRow']
export interface DifferenceFilter {
  day?: string
  list?: DifferenceList
  kind?: DifferenceKind
  state?: DifferenceState
}

const PAGE = 50
const BILL = 'application/octet-stream'
const MAX_NAME = 120
const paged = (cursor?: string) => ({ limit: PAGE, ...(cursor ? { cursor } : {}) })

export const reconciliations = {
  list: (state?: ReconciliationState, cursor?: string) =>
    read(() => http.GET('/v1/dues/reconciliations', { params: { query: { ...(state ? { state } : {}), ...paged(cursor) } } })),
  get: (day: string) => read(() => http.GET('/v1/dues/reconciliations/{day}', { params: { path: { day } } })),
  matched: (day: string, cursor?: string) =>
    read(() => http.GET('/v1/dues/reconciliations/{day}/matches', { params: { path: { day }, query: paged(cursor) } })),
  request: (day: string) =>
    write({ action: `reconciliations.request:${day}` }, (header) =>
      http.POST('/v1/dues/reconciliations/{day}/bill-requests', { params: { path: { day }, header } }),
    ),
  upload: (day: string, file: File) =>
    write({ action: `reconciliations.upload:${day}`, content: [file.size, file.lastModified] }, (header) =>
      http.POST('/v1/dues/day-bills', {
        body: file as unknown as string,
        bodySerializer: (body: unknown) => body as Blob,
        headers: { 'Content-Type': BILL },
        params: { query: { day, name: file.name.slice(0, MAX_NAME) }, header },
      }),
    ),
}

export const differences = {
  list: (filter: DifferenceFilter, cursor?: string) =>
    read(() => http.GET('/v1/dues/differences', { params: { query: { ...filter, ...paged(cursor) } } })),
  get: (id: string) => read(() => http.GET('/v1/dues/differences/{id}', { params: { path: { id } } })),
  resolve: (id: string, reason: DifferenceReason, words: string) =>
    write({ action: `differences.resolve:${id}`, content: [reason, words] }, (header) =>
      http.POST('/v1/dues/differences/{id}/resolution', { body: { reason, words }, params: { path: { id }, header } }),
    ),
  reopen: (id: string, words: string) =>
    write({ action: `differences.reopen:${id}`, content: words }, (header) =>
      http.POST('/v1/dues/differences/{id}/reopening', { body: { words }, params: { path: { id }, header } }),
    ),
  settle: (id: string) =>
    write({ action: `differences.settle:${id}` }, (header) =>
      http.POST('/v1/dues/differences/{id}/settlement', { params: { path: { id }, header } }),
    ),
}
