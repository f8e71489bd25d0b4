import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import type { RoleName } from '@/api/members'
import NoLinePage from '@/pages/home/NoLinePage.vue'
import { useSession } from '@/stores/session'

/** Every page, loaded when it is first opened (but for the one that says that nothing can be loaded). `access` is a courtesy to the person: the server decides again on each call. */
declare module 'vue-router' {
  interface RouteMeta {
    access?: 'public' | 'signed-in' | 'member'
    roles?: readonly RoleName[]
    /** Which entry of the bar at the foot this page belongs to; only top pages show the bar. */
    tab?: 'home' | 'dues' | 'desk' | 'me'
    top?: boolean
  }
}

const TREE: readonly RoleName[] = ['branch_admin', 'committee_admin', 'county_admin']
const BOOKS: readonly RoleName[] = [...TREE, 'finance']
const IMPORTS: readonly RoleName[] = ['committee_admin', 'county_admin']
const ROLES: readonly RoleName[] = ['county_admin', 'system_admin']
const MONEY_DESK: readonly RoleName[] = ['county_admin', 'finance']
const SPENDERS: readonly RoleName[] = ['committee_admin', 'county_admin', 'finance']

const open: RouteRecordRaw[] = [
  { path: '/', component: () => import('@/pages/home/HomePage.vue'), meta: { access: 'public', tab: 'home', top: true } },
  { path: '/areas/:key', component: () => import('@/pages/home/AreaPage.vue'), meta: { access: 'public', tab: 'home' } },
  { path: '/calculator', component: () => import('@/pages/calculator/CalculatorPage.vue'), meta: { access: 'public', tab: 'home' } },
  { path: '/check/:code?', component: () => import('@/pages/receipts/CheckPage.vue'), meta: { access: 'public' } },
  { path: '/comfort', component: () => import('@/pages/me/ComfortPage.vue'), meta: { access: 'public', tab: 'me' } },
  { path: '/no-line', component: NoLinePage, meta: { access: 'public' } },
  { path: '/sign-in', component: () => import('@/pages/sign-in/SignInPage.vue'), meta: { access: 'public' } },
  { path: '/sign-in/wechat', component: () => import('@/pages/sign-in/WeChatReturnPage.vue'), meta: { access: 'public' } },
  { path: '/sign-in/bind', component: () => import('@/pages/sign-in/BindPage.vue'), meta: { access: 'public' } },
  { path: '/sign-in/code', component: () => import('@/pages/sign-in/SecondFactorPage.vue'), meta: { access: 'public' } },
  { path: '/activate', component: () => import('@/pages/sign-in/ActivatePage.vue'), meta: { access: 'public' } },
]

const dues: RouteRecordRaw[] = [
  { path: '/dues', component: () => import('@/pages/dues/MyDuesPage.vue'), meta: { access: 'member', tab: 'dues', top: true } },
  { path: '/dues/months/:month', component: () => import('@/pages/dues/BillPage.vue'), meta: { access: 'member', tab: 'dues' } },
  { path: '/dues/others', component: () => import('@/pages/dues/OthersPage.vue'), meta: { access: 'member', tab: 'dues' } },
  { path: '/dues/others/find', component: () => import('@/pages/dues/FindPage.vue'), meta: { access: 'member', tab: 'dues' } },
  { path: '/dues/pay', component: () => import('@/pages/dues/MonthsPage.vue'), meta: { access: 'member', tab: 'dues' } },
  { path: '/dues/orders', component: () => import('@/pages/dues/OrdersPage.vue'), meta: { access: 'member', tab: 'dues' } },
  { path: '/dues/orders/:id', component: () => import('@/pages/dues/OrderPage.vue'), meta: { access: 'member', tab: 'dues' } },
  { path: '/dues/orders/:id/refund', component: () => import('@/pages/refunds/AskRefundPage.vue'), meta: { access: 'member', tab: 'dues' } },
  { path: '/dues/receipts', component: () => import('@/pages/receipts/ReceiptsPage.vue'), meta: { access: 'member', tab: 'dues' } },
  { path: '/dues/receipts/:id', component: () => import('@/pages/receipts/ReceiptPage.vue'), meta: { access: 'member', tab: 'dues' } },
]

const cash: RouteRecordRaw[] = [
  { path: '/desk/cash/:org', component: () => import('@/pages/cash/CashPage.vue'), meta: { roles: BOOKS, tab: 'desk' } },
  { path: '/desk/cash/:org/take', component: () => import('@/pages/cash/TakePage.vue'), meta: { roles: ['branch_admin'], tab: 'desk' } },
  { path: '/desk/cash/:org/hand-in', component: () => import('@/pages/cash/HandInPage.vue'), meta: { roles: ['branch_admin'], tab: 'desk' } },
  { path: '/desk/cash-takings/:id', component: () => import('@/pages/cash/TakingPage.vue'), meta: { roles: BOOKS, tab: 'desk' } },
  { path: '/desk/centre-extras/:org', component: () => import('@/pages/cash/CentreExtrasPage.vue'), meta: { roles: MONEY_DESK, tab: 'desk' } },
]

const me: RouteRecordRaw[] = [
  { path: '/me', component: () => import('@/pages/me/MePage.vue'), meta: { access: 'signed-in', tab: 'me', top: true } },
  { path: '/me/notices', component: () => import('@/pages/me/NoticesPage.vue'), meta: { access: 'member', tab: 'me' } },
  { path: '/me/lookups', component: () => import('@/pages/me/LookupsPage.vue'), meta: { access: 'member', tab: 'me' } },
  { path: '/me/feedback', component: () => import('@/pages/me/FeedbackPage.vue'), meta: { access: 'signed-in', tab: 'me' } },
  { path: '/me/devices', component: () => import('@/pages/me/DevicesPage.vue'), meta: { access: 'signed-in', tab: 'me' } },
  { path: '/me/password', component: () => import('@/pages/me/PasswordPage.vue'), meta: { access: 'signed-in', tab: 'me' } },
  { path: '/me/second-factor', component: () => import('@/pages/me/EnrolPage.vue'), meta: { access: 'signed-in', tab: 'me' } },
]

const desk: RouteRecordRaw[] = [
  { path: '/desk', component: () => import('@/pages/desk/DeskPage.vue'), meta: { access: 'signed-in', tab: 'desk', top: true } },
  { path: '/desk/roster/:org', component: () => import('@/pages/desk/RosterPage.vue'), meta: { roles: TREE, tab: 'desk' } },
  { path: '/desk/members/:id', component: () => import('@/pages/desk/MemberPage.vue'), meta: { roles: TREE, tab: 'desk' } },
  { path: '/desk/members/:id/assess', component: () => import('@/pages/desk/AssessPage.vue'), meta: { roles: TREE, tab: 'desk' } },
  { path: '/desk/members/:id/dues/:month', component: () => import('@/pages/desk/MemberBillPage.vue'), meta: { roles: TREE, tab: 'desk' } },
  { path: '/desk/dues/:org', component: () => import('@/pages/desk/WorkListPage.vue'), meta: { roles: TREE, tab: 'desk' } },
  { path: '/desk/ledger/:org', component: () => import('@/pages/desk/LedgerPage.vue'), meta: { roles: BOOKS, tab: 'desk' } },
  { path: '/desk/arrears/:org', component: () => import('@/pages/arrears/ArrearsPage.vue'), meta: { roles: TREE, tab: 'desk' } },
  { path: '/desk/members/:id/arrears', component: () => import('@/pages/arrears/ArrearsMemberPage.vue'), meta: { roles: TREE, tab: 'desk' } },
  { path: '/desk/months', component: () => import('@/pages/county/MonthsAdminPage.vue'), meta: { roles: BOOKS, tab: 'desk' } },
  // Reporting and settling a month, relief, consent
  { path: '/desk/reports/:org', component: () => import('@/pages/months/ReportPage.vue'), meta: { roles: TREE, tab: 'desk' } },
  { path: '/desk/reports/:org/delays', component: () => import('@/pages/months/DelaysPage.vue'), meta: { roles: TREE, tab: 'desk' } },
  { path: '/desk/reliefs/:org', component: () => import('@/pages/months/ReliefsPage.vue'), meta: { roles: TREE, tab: 'desk' } },
  { path: '/desk/members/:id/relief', component: () => import('@/pages/months/AskReliefPage.vue'), meta: { roles: ['branch_admin'], tab: 'desk' } },
  { path: '/desk/consents/:org', component: () => import('@/pages/months/ConsentsPage.vue'), meta: { roles: TREE, tab: 'desk' } },
  { path: '/desk/exceptions', component: () => import('@/pages/county/ExceptionsPage.vue'), meta: { roles: MONEY_DESK, tab: 'desk' } },
  { path: '/desk/refunds', component: () => import('@/pages/refunds/RefundReviewPage.vue'), meta: { roles: ['branch_admin', 'county_admin', 'finance'], tab: 'desk' } },
  { path: '/desk/refunds/enter', component: () => import('@/pages/refunds/EnterRefundPage.vue'), meta: { roles: ['branch_admin', 'finance'], tab: 'desk' } },
  { path: '/desk/cash-returns/:org', component: () => import('@/pages/refunds/CashReturnsPage.vue'), meta: { roles: BOOKS, tab: 'desk' } },
  { path: '/desk/county-rules', component: () => import('@/pages/county/CountyRulesPage.vue'), meta: { roles: ['county_admin'], tab: 'desk' } },
  { path: '/desk/stuck-refunds', component: () => import('@/pages/refunds/StuckRefundsPage.vue'), meta: { roles: MONEY_DESK, tab: 'desk' } },
  { path: '/desk/reconciliation', component: () => import('@/pages/reconciliation/DaysPage.vue'), meta: { roles: MONEY_DESK, tab: 'desk' } },
  { path: '/desk/reconciliation/:day', component: () => import('@/pages/reconciliation/DayPage.vue'), meta: { roles: MONEY_DESK, tab: 'desk' } },
  { path: '/desk/differences', component: () => import('@/pages/reconciliation/DifferencesPage.vue'), meta: { roles: MONEY_DESK, tab: 'desk' } },
  // Reports, remittance, spending
  { path: '/desk/collection/:org', component: () => import('@/pages/collection/CollectionPage.vue'), meta: { roles: BOOKS, tab: 'desk' } },
  { path: '/desk/totals', component: () => import('@/pages/collection/DifferencesPage.vue'), meta: { roles: MONEY_DESK, tab: 'desk' } },
  { path: '/desk/remittances/:org', component: () => import('@/pages/remittance/RemittancePage.vue'), meta: { roles: BOOKS, tab: 'desk' } },
  { path: '/desk/spending/:org', component: () => import('@/pages/spending/SpendingPage.vue'), meta: { roles: BOOKS, tab: 'desk' } },
  { path: '/desk/spending/:org/record', component: () => import('@/pages/spending/RecordSpendingPage.vue'), meta: { roles: SPENDERS, tab: 'desk' } },
  { path: '/desk/papers/:org', component: () => import('@/pages/collection/PapersPage.vue'), meta: { roles: BOOKS, tab: 'desk' } },
  { path: '/desk/feedback', component: () => import('@/pages/county/FeedbackListPage.vue'), meta: { roles: ['system_admin'], tab: 'desk' } },
  { path: '/desk/imports/:org', component: () => import('@/pages/county/ImportPage.vue'), meta: { roles: IMPORTS, tab: 'desk' } },
  { path: '/desk/imports/:org/:id', component: () => import('@/pages/county/ImportResultPage.vue'), meta: { roles: IMPORTS, tab: 'desk' } },
  { path: '/desk/roles/:org', component: () => import('@/pages/county/RolesPage.vue'), meta: { roles: ROLES, tab: 'desk' } },
]

export const router = createRouter({
  history: createWebHistory(),
  routes: [...open, ...dues, ...me, ...desk, ...cash, { path: '/:rest(.*)*', component: () => import('@/pages/home/LostPage.vue'), meta: { access: 'public' } }],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

router.beforeEach(async (to) => {
  const session = useSession()
  // A dead line must not keep a public page from showing; the page itself says what it could not load.
  const known = await session.start().then(
    () => true,
    () => false,
  )
  if (to.meta.access === 'public') return true
  if (!known) return { path: '/no-line', query: { next: to.fullPath } }
  if (!session.signedIn) return { path: '/sign-in', query: { next: to.fullPath } }
  if (to.meta.access === 'member' && !session.isMember) return '/desk'
  if (to.meta.roles && !session.holds(...to.meta.roles)) return '/'
  return true
})

/** What the engines say when a page's file could not be brought: Chromium, Firefox, Safari. */
const NOT_BROUGHT = /dynamically imported module|Importing a module script failed|Unable to preload/i

router.onError((error, to) => {
  if (NOT_BROUGHT.test(String(error))) void router.replace({ path: '/no-line', query: { next: to.fullPath, fresh: '1' } })
})

const QUIET_AFTER_MS = 2_500

/** Once home stands, the pages of the main job are brought as well, so that a lost line does not stop the next step. */
export function bringMainPages(): void {
  setTimeout(() => {
    const pages = [import('@/pages/dues/MyDuesPage.vue'), import('@/pages/dues/OthersPage.vue'), import('@/pages/dues/MonthsPage.vue'), import('@/pages/dues/OrderPage.vue')]
    // A page that does not come now is asked for again when it is opened.
    void Promise.allSettled(pages)
  }, QUIET_AFTER_MS)
}
