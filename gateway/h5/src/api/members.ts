import { http, read, write, type Schemas } from './client'

/** Calls of sign-in, people, organisations, roles and roster files. */
export type SignInAnswer = Schemas['SignInAnswer']
export type Me = Schemas['Me']
export type Member = Schemas['MemberView']
export type Org = Schemas['OrgView']
export type Grant = Schemas['GrantView']
export type RoleName = Grant['role']
export type Notice = Schemas['NoticeView']
export type Feedback = Schemas['FeedbackView']
export type RosterImport = Schemas['ImportView']
export type ImportRow = Schemas['ImportRow']
export type RowOutcome = ImportRow['outcome']
export type SealedField = 'id_number' | 'phone'

const PAGE = 50

export const settings = () => read(() => http.GET('/v1/settings'))

export const signIn = {
  withPassword: (body: Schemas['PasswordSignIn']) =>
    write({ action: 'sign-in.password', content: body, discreet: true }, (header) =>
      http.POST('/v1/sign-ins/password', { body, params: { header } }),
    ),
  withSecondFactor: (body: Schemas['SecondFactorAnswer']) =>
    write({ action: 'sign-in.second-factor', content: body, discreet: true }, (header) =>
      http.POST('/v1/sign-ins/second-factor', { body, params: { header } }),
    ),
  withWeChat: (body: Schemas['WeChatSignIn']) =>
    write({ action: 'sign-in.wechat', content: body, discreet: true }, (header) =>
      http.POST('/v1/sign-ins/wechat', { body, params: { header } }),
    ),
  bindWeChat: (body: Schemas['WeChatBinding']) =>
    write({ action: 'sign-in.bind', content: body, discreet: true }, (header) =>
      http.POST('/v1/sign-ins/wechat-bindings', { body, params: { header } }),
    ),
  activate: (body: Schemas['Activation']) =>
    write({ action: 'sign-in.activate', content: body, discreet: true }, (header) =>
      http.POST('/v1/activations', { body, params: { header } }),
    ),
}

export const sessions = {
  list: () => read(() => http.GET('/v1/sessions')),
  endCurrent: () => write({ action: 'session.end' }, (header) => http.DELETE('/v1/sessions/current', { params: { header } })),
  endAll: () => write({ action: 'session.end-all' }, (header) => http.DELETE('/v1/sessions', { params: { header } })),
}

export const me = {
  get: () => read(() => http.GET('/v1/me')),
  lookups: (cursor?: string) =>
    read(() => http.GET('/v1/me/lookups', { params: { query: { limit: PAGE, ...(cursor ? { cursor } : {}) } } })),
  changePassword: (body: Schemas['NewPassword']) =>
    write({ action: 'me.password', content: body, discreet: true }, (header) => http.PUT('/v1/me/password', { body, params: { header } })),
  offerSecondFactor: () =>
    write({ action: 'me.second-factor.offer' }, (header) => http.POST('/v1/me/second-factor', { params: { header } })),
  confirmSecondFactor: (code: string) =>
    write({ action: 'me.second-factor.confirm', discreet: true }, (header) =>
      http.POST('/v1/me/second-factor/confirmation', { body: { code }, params: { header } }),
    ),
}

export const notices = {
  list: (cursor?: string) =>
    read(() => http.GET('/v1/me/notices', { params: { query: { limit: PAGE, ...(cursor ? { cursor } : {}) } } })),
  unread: () => read(() => http.GET('/v1/me/notices', { params: { query: { limit: 1 } } })).then((page) => page.unread),
  read: (upToId: string) =>
    write({ action: `notices.read:${upToId}` }, (header) =>
      http.POST('/v1/me/notices/read', { body: { up_to_id: upToId }, params: { header } }),
    ),
}

export const feedback = {
  /** Discreet: what somebody writes leaves no fingerprint on the phone. */
  send: (body: Schemas['SendFeedback']) =>
    write({ action: 'feedback.send', content: body, discreet: true }, (header) => http.POST('/v1/feedback', { body, params: { header } })),
  list: (cursor?: string) =>
    read(() => http.GET('/v1/feedback', { params: { query: { limit: PAGE, ...(cursor ? { cursor } : {}) } } })),
}

export const organisations = {
  list: (parentId?: string, cursor?: string) =>
    read(() =>
      http.GET('/v1/organisations', {
        params: { query: { limit: PAGE, ...(parentId ? { parent_id: parentId } : {}), ...(cursor ? { cursor } : {}) } },
      }),
    ),
  get: (id: string) => read(() => http.GET('/v1/organisations/{id}', { params: { path: { id } } })),
  members: (id: string, query: string, cursor?: string) =>
    read(() =>
      http.GET('/v1/organisations/{id}/members', {
        params: { path: { id }, query: { limit: PAGE, ...(query ? { query } : {}), ...(cursor ? { cursor } : {}) } },
      }),
    ),
}

export const people = {
  get: (id: string) => read(() => http.GET('/v1/members/{id}', { params: { path: { id } } })),
  /** Changes nothing, but each try leaves its trace with the purpose. */
  unmask: (id: string, body: { field: SealedField; purpose: string }) =>
    read(() => http.POST('/v1/members/{id}/unmaskings', { body, params: { path: { id } } })),
  issueActivationCode: (id: string) =>
    write({ action: `members.activation-code:${id}` }, (header) =>
      http.POST('/v1/members/{id}/activation-codes', { params: { path: { id }, header } }),
    ),
}

export const roles = {
  list: (orgId: string, cursor?: string) =>
    read(() =>
      http.GET('/v1/organisations/{id}/role-grants', {
        params: { path: { id: orgId }, query: { limit: PAGE, ...(cursor ? { cursor } : {}) } },
      }),
    ),
  give: (orgId: string, body: { member_id: string; role: RoleName; reason: string }) =>
    write({ action: `roles.give:${orgId}`, content: body }, (header) =>
      http.POST('/v1/organisations/{id}/role-grants', { body, params: { path: { id: orgId }, header } }),
    ),
  withdraw: (id: string, reason: string) =>
    write({ action: `roles.withdraw:${id}`, content: reason }, (header) =>
      http.DELETE('/v1/role-grants/{id}', { body: { reason }, params: { path: { id }, header } }),
    ),
}

const SPREADSHEET = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

export const rosterFiles = {
  begin: (orgId: string, file: File) =>
    write({ action: `roster.import:${orgId}`, content: [file.size, file.lastModified] }, (header) =>
      http.POST('/v1/roster-imports', {
        body: file as unknown as string,
        bodySerializer: (body: unknown) => body as Blob,
        headers: { 'Content-Type': SPREADSHEET },
        params: { query: { org_id: orgId, name: file.name.slice(0, 120) }, header },
      }),
    ),
  get: (id: string) => read(() => http.GET('/v1/roster-imports/{id}', { params: { path: { id } } })),
  rows: (id: string, outcome?: RowOutcome, cursor?: string) =>
    read(() =>
      http.GET('/v1/roster-imports/{id}/rows', {
        params: { path: { id }, query: { limit: PAGE, ...(outcome ? { outcome } : {}), ...(cursor ? { cursor } : {}) } },
      }),
    ),
  apply: (id: string) =>
    write({ action: `roster.apply:${id}` }, (header) =>
      http.POST('/v1/roster-imports/{id}/application', { params: { path: { id }, header } }),
    ),
  beginExport: (body: Schemas['BeginExport']) =>
    write({ action: 'roster.export', content: body }, (header) => http.POST('/v1/roster-exports', { body, params: { header } })),
  getExport: (id: string) => read(() => http.GET('/v1/roster-exports/{id}', { params: { path: { id } } })),
}
