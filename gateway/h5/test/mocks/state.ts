import type { Order, Receipt, WishedLine } from '@/api/dues'
import type { Notice } from '@/api/members'
import { capitalFen } from '@/lib/money'
import { beneficiary, id, member, monthsAhead, monthsOwing, personName } from './county'

/** What the made-up server remembers while it runs: orders, receipts, the import in hand. Forward-only, like the real one. */
const FEN = 800
const EXPIRES_MS = 15 * 60_000
let counter = 0

export const orders = new Map<string, Order>()
export const receipts: Receipt[] = []
export const paidLines = new Set<string>()
export const favourites = new Set<string>()
export const progress = { state: 'checked' as 'checking' | 'checked' | 'refused' | 'applying' | 'applied', percent: 100 }

export const notices: Notice[] = []

export function notice(number: number, change: Partial<Notice> = {}): Notice {
  return {
    id: id(7000 + number), kind: 'paid_for_you', told_at: '2026-11-23T02:11:00Z', read: false, months: ['2026-09', '2026-10', '2026-11'], amount_fen: 2400,
    reference: { kind: 'receipt', id: id(7500 + number) }, ...change,
  }
}

export const household = () => [beneficiary(2, 3, FEN), beneficiary(5, 2, 20)].map(withPaid)
export const village = () => Array.from({ length: 14 }, (_, index) => withPaid(beneficiary(10 + index, index % 4, index % 3 === 0 ? 4_800 : 20)))
export const starred = () => [beneficiary(20, 1, 20, false), ...[...household(), ...village()].filter((one) => favourites.has(one.member_id))]

function withPaid<T extends ReturnType<typeof beneficiary>>(one: T): T {
  const months = one.months.map((month) => (paidLines.has(`${one.member_id} ${month.month}`) ? { ...month, state: 'paid' as const, paid_fen: month.amount_fen ?? 0 } : month))
  const ahead = one.ahead.filter((month) => !paidLines.has(`${one.member_id} ${month.month}`))
  return { ...one, months, ahead, favourite: favourites.has(one.member_id), owed_fen: months.filter((month) => month.state === 'due').reduce((sum, month) => sum + (month.amount_fen ?? 0), 0) }
}

export const self = member(0)

export function myDues() {
  const me = withPaid({ ...beneficiary(0, 3, FEN), months: monthsOwing(3, FEN), ahead: monthsAhead(FEN) })
  const open = [...orders.values()].find((order) => order.state === 'created' || order.state === 'paying')
  return {
    owed_fen: me.owed_fen,
    owed_months: me.months.filter((month) => month.state === 'due').length,
    months: me.months,
    ahead: me.ahead,
    branch_name: self.branch_name,
    open_order_id: open?.id ?? null,
  }
}

function amountOf(line: WishedLine): number {
  const all = [...household(), ...village(), ...starred()]
  const one = all.find((each) => each.member_id === line.member_id)
  const month = one && [...one.months, ...one.ahead].find((each) => each.month === line.month)
  return month?.amount_fen ?? FEN
}

function nameOf(memberId: string): string {
  return personName(Number(memberId.slice(-12)) - 1000)
}

export function placeOrder(lines: readonly WishedLine[], now = new Date()): Order {
  counter += 1
  const priced = lines.map((line) => ({ ...line, name: nameOf(line.member_id), amount_fen: amountOf(line), own: line.member_id === self.id }))
  const order: Order = {
    id: id(5000 + counter),
    number: `018900000000700080000000000${String(50000 + counter)}`,
    state: 'created',
    total_fen: priced.reduce((sum, line) => sum + line.amount_fen, 0),
    lines: priced,
    created_at: now.toISOString(),
    expires_at: new Date(now.getTime() + EXPIRES_MS).toISOString(),
    settled_at: null, extra_fen: 0, channel: 'wechat',
    receipt_ids: [],
    version: 1,
  }
  orders.set(order.id, order)
  return order
}

function receiptFor(order: Order, memberId: string, index: number, now: Date): Receipt {
  const lines = order.lines.filter((line) => line.member_id === memberId)
  const fen = lines.reduce((sum, line) => sum + line.amount_fen, 0)
  return {
    id: id(7000 + receipts.length + index),
    number: `YT-T03-B012-2026-${String(receipts.length + index + 1).padStart(6, '0')}`,
    order_id: order.id,
    member_id: memberId,
    member_name: nameOf(memberId),
    own: memberId === self.id,
    payer_name: self.name,
    branch_name: self.branch_name,
    county_name: '盐亭县',
    months: lines.map((line) => ({ month: line.month, amount_fen: line.amount_fen })),
    amount_fen: fen,
    amount_capitals: capitalFen(fen),
    channel: 'wechat',
    issued_at: now.toISOString(),
    check_code: `7Q2M-9XKD-4TRB-${String(1000 + receipts.length + index)}`,
    simulated: true,
    void: false, extra_fen: 0, collector_name: '',
  }
}

export function settle(order: Order, now = new Date()): Order {
  const people = [...new Set(order.lines.map((line) => line.member_id))]
  const made = people.map((memberId, index) => receiptFor(order, memberId, index, now))
  receipts.unshift(...made)
  order.lines.forEach((line) => paidLines.add(`${line.member_id} ${line.month}`))
  const settled: Order = { ...order, state: 'succeeded', settled_at: now.toISOString(), receipt_ids: made.map((receipt) => receipt.id), version: order.version + 2 }
  orders.set(order.id, settled)
  return settled
}

export function change(order: Order, state: Order['state']): Order {
  const changed: Order = { ...order, state, version: order.version + 1 }
  orders.set(order.id, changed)
  return changed
}
