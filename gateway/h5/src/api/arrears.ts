import { downloadFile } from './files'
import { http, read, write, type Schemas } from './client'

/** Calls of arrears: the ladder, its sums, reasons, reminders and the file for the branch meeting. */
export type ArrearsSummary = Schemas['ArrearsSummary']
export type OrgArrears = Schemas['OrgArrears']
export type StepCounts = Schemas['StepCounts']
export type ArrearsMember = Schemas['ArrearsMember']
export type ArrearsStep = ArrearsMember['step']
export type NotReminded = NonNullable<ArrearsMember['not_reminded']>
export type MemberArrears = Schemas['MemberArrears']
export type ArrearsReason = Schemas['ArrearsReason']
export type ArrearsReminder = Schemas['ArrearsReminderView']
export type RemindResult = Schemas['RemindResult']
export interface NewReason {
  first_day: string
  last_day: string
  words: string
}

const PAGE = 50

export const arrears = {
  summary: (orgId: string) => read(() => http.GET('/v1/organisations/{id}/arrears/summary', { params: { path: { id: orgId } } })),
  ladder: (orgId: string, step?: ArrearsStep, cursor?: string) =>
    read(() =>
      http.GET('/v1/organisations/{id}/arrears', {
        params: { path: { id: orgId }, query: { limit: PAGE, ...(step ? { step } : {}), ...(cursor ? { cursor } : {}) } },
      }),
    ),
  /** No members named: everybody on the branch's ladder. */
  remind: (orgId: string, memberIds: readonly string[] = []) =>
    write({ action: `arrears.remind:${orgId}`, content: [...memberIds] }, (header) =>
      http.POST('/v1/organisations/{id}/arrears/reminders', { body: { member_ids: [...memberIds] }, params: { path: { id: orgId }, header } }),
    ),
  file: (orgId: string, name: string) => downloadFile(`/v1/organisations/${orgId}/arrears/file`, name),
  ofMember: (memberId: string) => read(() => http.GET('/v1/members/{id}/arrears', { params: { path: { id: memberId } } })),
  recordReason: (memberId: string, body: NewReason) =>
    write({ action: `arrears.reason:${memberId}`, content: body, discreet: true }, (header) =>
      http.POST('/v1/members/{id}/arrears/reasons', { body, params: { path: { id: memberId }, header } }),
    ),
  removeReason: (reasonId: string) =>
    write({ action: `arrears.reason.remove:${reasonId}` }, (header) =>
      http.DELETE('/v1/arrears-reasons/{id}', { params: { path: { id: reasonId }, header } }),
    ),
}
