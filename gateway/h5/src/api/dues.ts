import { http, read, write, type Schemas } from './client'

/** Calls of dues: what is owed, paying, receipts, assessments, months, books. */
export type MyDues = Schemas['MyDues']
export type OwedMonth = Schemas['OwedMonth']
export type MonthItemState = OwedMonth['state']
export type Bill = Schemas['Bill']
export type Calculation = Schemas['Calculation']
export type ExplanationLine = Schemas['ExplanationLine']
export type Profile = Schemas['ProfileView']
export type ProfileClass = Schemas['ProfileClass']
export type MemberClass = ProfileClass['member_class']
export type Pay = Schemas['Pay']
export type PayItem = Schemas['PayItem']
export type Beneficiary = Schemas['Beneficiary']
export type BeneficiaryGroup = 'household' | 'village' | 'favourites'
export type Order = Schemas['OrderView']
export type OrderState = Order['state']
export type OrderSummary = Schemas['OrderSummary']
export type WishedLine = Schemas['WishedLine']
export type PaymentParameters = Schemas['JsapiParameters']
export type Receipt = Schemas['ReceiptView']
export type ReceiptCheck = Schemas['ReceiptCheck']
export interface NewAssessment {
  effective_from: string
  member_class: MemberClass
  pay: Pay
}
export type MemberMonth = Schemas['MemberMonth']
export type Assessment = Schemas['AssessmentView']
export type DuesMonth = Schemas['MonthView']
export type Ledger = Schemas['LedgerView']
export type PaymentException = Schemas['PaymentException']

const PAGE = 50
const paged = (cursor?: string) => ({ limit: PAGE, ...(cursor ? { cursor } : {}) })

export const rules = {
  profile: () => read(() => http.GET('/v1/dues/rule-profile')),
  /** Stores nothing, but it is a POST: the figures belong in the body, not in an address. */
  calculate: (body: Schemas['Calculate']) => read(() => http.POST('/v1/dues/calculations', { body })),
}

export const mine = {
  get: () => read(() => http.GET('/v1/dues/mine')),
  bill: (month: string) => read(() => http.GET('/v1/dues/mine/{month}/bill', { params: { path: { month } } })),
}

export const lookups = (cursor?: string) => read(() => http.GET('/v1/dues/mine/lookups', { params: { query: paged(cursor) } }))

export const beneficiaries = {
  list: (group: BeneficiaryGroup, query = '', cursor?: string) =>
    read(() =>
      http.GET('/v1/dues/beneficiaries', { params: { query: { group, ...(query ? { query } : {}), ...paged(cursor) } } }),
    ),
  find: (body: Schemas['FindPerson']) =>
    write({ action: 'beneficiaries.find', content: body, discreet: true }, (header) =>
      http.POST('/v1/dues/beneficiaries', { body, params: { header } }),
    ),
  keep: (memberId: string) =>
    write({ action: `beneficiaries.keep:${memberId}` }, (header) =>
      http.PUT('/v1/dues/beneficiaries/{member_id}', { params: { path: { member_id: memberId }, header } }),
    ),
  forget: (memberId: string) =>
    write({ action: `beneficiaries.forget:${memberId}` }, (header) =>
      http.DELETE('/v1/dues/beneficiaries/{member_id}', { params: { path: { member_id: memberId }, header } }),
    ),
}

export const orders = {
  place: (body: Schemas['PlaceOrder']) =>
    write({ action: 'orders.place', content: body }, (header) => http.POST('/v1/dues/orders', { body, params: { header } })),
  list: (cursor?: string) => read(() => http.GET('/v1/dues/orders', { params: { query: paged(cursor) } })),
  get: (id: string) => read(() => http.GET('/v1/dues/orders/{id}', { params: { path: { id } } })),
  pay: (id: string) =>
    write({ action: `orders.pay:${id}` }, (header) =>
      http.POST('/v1/dues/orders/{id}/payment', { params: { path: { id }, header } }),
    ),
  close: (id: string) =>
    write({ action: `orders.close:${id}` }, (header) =>
      http.POST('/v1/dues/orders/{id}/closure', { params: { path: { id }, header } }),
    ),
}

export const receipts = {
  list: (cursor?: string) => read(() => http.GET('/v1/dues/receipts', { params: { query: paged(cursor) } })),
  get: (id: string) => read(() => http.GET('/v1/dues/receipts/{id}', { params: { path: { id } } })),
  check: (code: string) => read(() => http.GET('/v1/receipt-checks/{code}', { params: { path: { code } } })),
}

export const assessments = {
  workList: (orgId: string, month: string, state?: MonthItemState, cursor?: string) =>
    read(() =>
      http.GET('/v1/organisations/{id}/dues/assessments', {
        params: { path: { id: orgId }, query: { month, ...(state ? { state } : {}), ...paged(cursor) } },
      }),
    ),
  ofMember: (memberId: string, cursor?: string) =>
    read(() => http.GET('/v1/members/{id}/assessments', { params: { path: { id: memberId }, query: paged(cursor) } })),
  record: (memberId: string, body: NewAssessment) =>
    write({ action: `assessments.record:${memberId}`, content: body, discreet: true }, (header) =>
      http.POST('/v1/members/{id}/assessments', { body, params: { path: { id: memberId }, header } }),
    ),
  bill: (memberId: string, month: string) =>
    read(() => http.GET('/v1/members/{id}/dues/{month}/bill', { params: { path: { id: memberId, month } } })),
}

export const books = {
  months: () => read(() => http.GET('/v1/dues/months')),
  openMonth: (month: string) =>
    write({ action: 'months.open', content: month }, (header) => http.POST('/v1/dues/months', { body: { month }, params: { header } })),
  ledger: (orgId: string, month?: string) =>
    read(() =>
      http.GET('/v1/organisations/{id}/ledger', { params: { path: { id: orgId }, query: month ? { month } : {} } }),
    ),
  exceptions: (cursor?: string) => read(() => http.GET('/v1/dues/payment-exceptions', { params: { query: paged(cursor) } })),
}
