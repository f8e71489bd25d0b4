import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { orders, type Order, type OrderState } from '@/api/dues'
import { Problem } from '@/api/problem'
import { useOrderWatch, type OrderWatch } from '@/lib/watch-order'

const HOUR_MS = 3_600_000

function order(state: OrderState, version: number): Order {
  return { id: 'o', number: 'n', state, total_fen: 800, lines: [], created_at: '', expires_at: '', settled_at: null, receipt_ids: [], version } as unknown as Order
}

function watching(): { watch: OrderWatch; leave: () => void } {
  let watch!: OrderWatch
  const page = mount(defineComponent({ setup: () => ((watch = useOrderWatch('o')), () => h('p')) }))
  return { watch, leave: () => page.unmount() }
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('the watch over an order', () => {
  it('ends with the first decided state', async () => {
    const get = vi.spyOn(orders, 'get').mockResolvedValueOnce(order('paying', 2)).mockResolvedValue(order('succeeded', 3))
    const { watch } = watching()
    watch.watch()
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    expect(watch.order.value?.state).toBe('succeeded')
    expect(watch.resting.value).toBe(true)
    expect(get).toHaveBeenCalledTimes(2)
  })

  it('never takes an older answer for a newer one', async () => {
    vi.spyOn(orders, 'get').mockResolvedValueOnce(order('succeeded', 3)).mockResolvedValueOnce(order('paying', 2))
    const { watch } = watching()
    await watch.ask()
    await watch.ask()
    expect(watch.order.value?.state).toBe('succeeded')
  })

  it('asks at growing intervals and stops after a bounded number of asks', async () => {
    const get = vi.spyOn(orders, 'get').mockResolvedValue(order('paying', 2))
    const { watch } = watching()
    watch.watch()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(get.mock.calls.length).toBeLessThanOrEqual(5)
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    expect(get).toHaveBeenCalledTimes(120)
    expect(watch.resting.value).toBe(true)
  })

  it('goes on through a broken line and shows the result when it is back', async () => {
    vi.spyOn(orders, 'get').mockRejectedValueOnce(new Problem({ status: 0, code: 'network.lost' })).mockResolvedValue(order('succeeded', 3))
    const { watch } = watching()
    watch.watch()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(watch.problem.value?.code).toBe('network.lost')
    await vi.advanceTimersByTimeAsync(5_000)
    expect([watch.problem.value, watch.order.value?.state]).toEqual([null, 'succeeded'])
  })

  it('leaves nothing running behind when the page is left', async () => {
    const get = vi.spyOn(orders, 'get').mockResolvedValue(order('paying', 2))
    const { watch, leave } = watching()
    watch.watch()
    await vi.advanceTimersByTimeAsync(1_000)
    leave()
    const asked = get.mock.calls.length
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    expect(get).toHaveBeenCalledTimes(asked)
  })
})
