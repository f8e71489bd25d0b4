import { describe, expect, it } from 'vitest'
import { fingerprint, RequestKeeper } from '@/api/keeper'
import type { KeyValue } from '@/lib/storage'

const DAY_MS = 86_400_000

/** What a phone keeps: the text survives, every object in memory is gone. */
function phone(): KeyValue & { text: () => string } {
  const kept = new Map<string, string>()
  return {
    get: (key) => kept.get(key) ?? null,
    set: (key, value) => void kept.set(key, value),
    remove: (key) => void kept.delete(key),
    text: () => [...kept.values()].join(),
  }
}

const order = { action: 'orders.place', content: { lines: [{ member_id: 'm1', month: '2026-09' }], expected_total_fen: 800 } }

describe('a request id is kept until a final answer', () => {
  it('is on the phone before anything is sent', () => {
    const store = phone()
    const id = new RequestKeeper(store).idFor(order)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(store.text()).toContain(id)
  })

  it('is the same after a crash between sending and the answer', () => {
    const store = phone()
    const before = new RequestKeeper(store).idFor(order)
    const afterReload = new RequestKeeper(store).idFor(structuredClone(order))
    expect(afterReload).toBe(before)
  })

  it('is a new one once the answer was final', () => {
    const store = phone()
    const first = new RequestKeeper(store)
    const before = first.idFor(order)
    first.settle(order)
    expect(new RequestKeeper(store).idFor(order)).not.toBe(before)
  })

  it('is another one for another content', () => {
    const keeper = new RequestKeeper(phone())
    const more = { ...order, content: { ...order.content, expected_total_fen: 1600 } }
    expect(keeper.idFor(more)).not.toBe(keeper.idFor(order))
    expect(keeper.waiting).toBe(2)
  })

  it('outlives its usefulness by no more than a day', () => {
    const store = phone()
    let now = 1_000_000
    const before = new RequestKeeper(store, () => now).idFor(order)
    now += DAY_MS - 1
    expect(new RequestKeeper(store, () => now).idFor(order)).toBe(before)
    now += 2
    expect(new RequestKeeper(store, () => now).idFor(order)).not.toBe(before)
  })

  it('never fills the phone', () => {
    const keeper = new RequestKeeper(phone())
    for (let index = 0; index < 100; index += 1) keeper.idFor({ action: `orders.pay:${index}` })
    expect(keeper.waiting).toBe(40)
  })
})

describe('what is stored holds nothing personal', () => {
  it('keeps neither names nor passwords, nor a fingerprint of them', () => {
    const store = phone()
    const secret = { action: 'beneficiaries.find', content: { name: '王小明', phone_tail: '1234' }, discreet: true }
    new RequestKeeper(store).idFor(secret)
    expect(store.text()).not.toContain('王小明')
    expect(store.text()).not.toContain(fingerprint(JSON.stringify(secret.content)))
    expect(Object.keys((JSON.parse(store.text()) as { entries: object }).entries)).toEqual(['beneficiaries.find'])
  })

  it('salts the fingerprint of what is not personal', () => {
    const store = phone()
    new RequestKeeper(store).idFor(order)
    expect(store.text()).not.toContain(fingerprint(JSON.stringify(order.content)))
    expect(store.text()).not.toContain('m1')
  })

  it('starts anew when the stored text is damaged', () => {
    const store = phone()
    store.set('requests-awaiting-an-answer', '{not json')
    expect(new RequestKeeper(store).idFor(order)).toHaveLength(36)
  })
})

describe('fingerprints', () => {
  it('differ for all orders of a household', () => {
    const seen = new Set<string>()
    for (let person = 0; person < 60; person += 1) for (let month = 1; month <= 12; month += 1) seen.add(fingerprint(`${person}/${month}`))
    expect(seen.size).toBe(720)
  })
})
