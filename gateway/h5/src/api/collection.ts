import { downloadFile } from './files'
import { http, read, write, type Schemas } from './client'

/** Calls of the reports and of passing dues up. */
export type Collection = Schemas['Collection']
export type CollectionRow = Schemas['CollectionRow']
export type CollectionFigures = Schemas['CollectionFigures']
export type CollectionLevel = 'children' | 'branches'
export type Channel = Schemas['WayFigures']['channel']
export type TotalsDifference = Schemas['TotalsDifference']
export type Remittance = Schemas['RemittanceView']
export type CountyRules = Schemas['CountyRules']
export type CountyRule = Schemas['CountyRule']
export type NewCountyRule = Schemas['SetCountyRules']
export interface CollectionQuery {
  month: string
  level?: CollectionLevel
  member_class?: Schemas['ProfileClass']['member_class']
  on_behalf?: boolean
  channel?: Channel
}

const PAGE = 50
const paged = (cursor?: string) => ({ limit: PAGE, ...(cursor ? { cursor } : {}) })

function inAddress(query: object): string {
  const said = Object.entries(query).filter(([, value]) => value !== undefined)
  return new URLSearchParams(said.map(([name, value]) => [name, String(value)])).toString()
}

export const collection = {
  get: (orgId: string, query: CollectionQuery, cursor?: string) =>
    read(() => http.GET('/v1/organisations/{id}/collection', { params: { path: { id: orgId }, query: { ...query, ...paged(cursor) } } })),
  save: (orgId: string, query: CollectionQuery, name: string) =>
    downloadFile(`/v1/organisations/${orgId}/collection/file?${inAddress(query)}`, name),
  differences: (cursor?: string) => read(() => http.GET('/v1/dues/totals/differences', { params: { query: paged(cursor) } })),
  rebuild: () =>
    write({ action: 'totals.rebuild', content: {} }, (header) => http.POST('/v1/dues/totals/rebuilding', { params: { header } })),
}

/** What is printed. The files are made when they are asked for. */
export const papers = {
  myRecord: (year: number) => downloadFile(`/v1/dues/mine/record?year=${year}`, `我的党费证-${year}年.pdf`),
  record: (memberId: string, year: number, name: string) => downloadFile(`/v1/members/${memberId}/dues-record?year=${year}`, `党费证-${name}-${year}年.pdf`),
  register: (orgId: string, year: number) => downloadFile(`/v1/organisations/${orgId}/dues/register?year=${year}`, `党费收缴登记簿-${year}年.pdf`),
  registerBook: (orgId: string, year: number) => downloadFile(`/v1/organisations/${orgId}/dues/register/workbook?year=${year}`, `党费收缴登记簿-${year}年.xlsx`),
  notice: (orgId: string, year: number) => downloadFile(`/v1/organisations/${orgId}/dues/notice?year=${year}`, `党费公示-${year}年.pdf`),
}

export const remittances = {
  list: (orgId: string, waiting: boolean | undefined, cursor?: string) =>
    read(() =>
      http.GET('/v1/organisations/{id}/remittances', {
        params: { path: { id: orgId }, query: { ...(waiting === undefined ? {} : { waiting }), ...paged(cursor) } },
      }),
    ),
  figures: (orgId: string, year: number) =>
    read(() => http.GET('/v1/organisations/{id}/remittance-figures', { params: { path: { id: orgId }, query: { year } } })),
  make: (orgId: string, month: string) =>
    write({ action: 'remittances.make', content: { orgId, month } }, (header) =>
      http.POST('/v1/organisations/{id}/remittances', { body: { month }, params: { path: { id: orgId }, header } }),
    ),
  saveSlip: (id: string, name: string) => downloadFile(`/v1/dues/remittances/${id}/slip`, name),
  confirm: (id: string) =>
    write({ action: 'remittances.confirm', content: { id } }, (header) =>
      http.POST('/v1/dues/remittances/{id}/arrival', { params: { path: { id }, header } }),
    ),
}

/** What the county sets itself: the shares passed up, and whether the yearly notice names people. */
export const countyRules = {
  get: () => read(() => http.GET('/v1/dues/county-rules')),
  set: (body: NewCountyRule) =>
    write({ action: 'county-rules.set', content: body }, (header) => http.POST('/v1/dues/county-rules', { body, params: { header } })),
}
