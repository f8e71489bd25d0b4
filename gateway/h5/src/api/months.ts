import { http, read, write, type Schemas } from './client'

/** Calls of a month's way to its settling: reports, the delayed list; relief and consent. */
export type MonthStanding = Schemas['MonthStanding']
export type MonthBlock = Schemas['MonthBlock']
export type Delay = Schemas['DelayView']
export type Relief = Schemas['ReliefView']
export type ReliefState = Relief['state']
export type Consent = Schemas['ConsentView']
export type ConsentKind = Consent['kind']
export type DutyState = MonthStanding['state']
export interface NewRelief {
  kind: Relief['kind']
  monthly_fen: number
  from_month: string
  to_month: string
  decided_on: string
  reason: string
}
export interface NewConsent {
  kind: ConsentKind
  from_month: string
  to_month: string
  agreed_on: string
  words: string
}

const PAGE = 50
const paged = (cursor?: string) => ({ limit: PAGE, ...(cursor ? { cursor } : {}) })
const place = (id: string, month: string) => ({ id, month })

export const monthly = {
  standing: (org: string, month: string) =>
    read(() => http.GET('/v1/organisations/{id}/dues/months/{month}/report', { params: { path: place(org, month) } })),
  reporters: (org: string, month: string, state?: DutyState, cursor?: string) =>
    read(() =>
      http.GET('/v1/organisations/{id}/dues/months/{month}/reports', {
        params: { path: place(org, month), query: { ...(state ? { state } : {}), ...paged(cursor) } },
      }),
    ),
  blocks: (org: string, month: string, cursor?: string) =>
    read(() => http.GET('/v1/organisations/{id}/dues/months/{month}/blocks', { params: { path: place(org, month), query: paged(cursor) } })),
  report: (org: string, month: string) =>
    write({ action: `months.report:${org}:${month}` }, (header) =>
      http.POST('/v1/organisations/{id}/dues/months/{month}/report', { params: { path: place(org, month), header } }),
    ),
  sendBack: (org: string, month: string, reason: string) =>
    write({ action: `months.return:${org}:${month}`, discreet: true }, (header) =>
      http.POST('/v1/organisations/{id}/dues/months/{month}/report/return', { body: { reason }, params: { path: place(org, month), header } }),
    ),
  settle: (month: string) =>
    write({ action: `months.settle:${month}` }, (header) => http.POST('/v1/dues/months/{month}/settlement', { params: { path: { month }, header } })),
  delays: (org: string, month: string, cursor?: string) =>
    read(() => http.GET('/v1/organisations/{id}/dues/months/{month}/delays', { params: { path: place(org, month), query: paged(cursor) } })),
  delay: (memberId: string, month: string, reason: string) =>
    write({ action: `months.delay:${memberId}:${month}`, discreet: true }, (header) =>
      http.POST('/v1/members/{id}/dues/{month}/delays', { body: { reason }, params: { path: { id: memberId, month }, header } }),
    ),
  endDelay: (id: string) =>
    write({ action: `delays.end:${id}` }, (header) => http.POST('/v1/dues/delays/{id}/end', { params: { path: { id }, header } })),
}

export const reliefs = {
  list: (org: string, wanted: { state?: ReliefState; mine?: boolean }, cursor?: string) =>
    read(() => http.GET('/v1/organisations/{id}/dues/reliefs', { params: { path: { id: org }, query: { ...wanted, ...paged(cursor) } } })),
  ask: (memberId: string, body: NewRelief) =>
    write({ action: `reliefs.ask:${memberId}`, discreet: true }, (header) =>
      http.POST('/v1/members/{id}/reliefs', { body, params: { path: { id: memberId }, header } }),
    ),
  answer: (id: string, body: { approve: boolean; decided_on: string; words: string }) =>
    write({ action: `reliefs.answer:${id}`, discreet: true }, (header) =>
      http.POST('/v1/dues/reliefs/{id}/answer', { body, params: { path: { id }, header } }),
    ),
  end: (id: string, words: string) =>
    write({ action: `reliefs.end:${id}`, discreet: true }, (header) =>
      http.POST('/v1/dues/reliefs/{id}/end', { body: { words }, params: { path: { id }, header } }),
    ),
}

export const consents = {
  list: (org: string, memberId?: string, cursor?: string) =>
    read(() =>
      http.GET('/v1/organisations/{id}/dues/consents', {
        params: { path: { id: org }, query: { ...(memberId ? { member_id: memberId } : {}), ...paged(cursor) } },
      }),
    ),
  record: (memberId: string, body: NewConsent) =>
    write({ action: `consents.record:${memberId}`, discreet: true }, (header) =>
      http.POST('/v1/members/{id}/consents', { body, params: { path: { id: memberId }, header } }),
    ),
  note: (id: string, words: string) =>
    write({ action: `consents.note:${id}`, discreet: true }, (header) =>
      http.POST('/v1/dues/consents/{id}/note', { body: { words }, params: { path: { id }, header } }),
    ),
  withdraw: (id: string, words: string) =>
    write({ action: `consents.withdraw:${id}`, discreet: true }, (header) =>
      http.POST('/v1/dues/consents/{id}/withdrawal', { body: { words }, params: { path: { id }, header } }),
    ),
}
