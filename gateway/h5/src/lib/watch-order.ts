import { onBeforeUnmount, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { orders, type Order, type OrderState } from '@/api/dues'
import { asProblem, type Problem } from '@/api/problem'

/** Asks for an order's state at growing intervals until it is decided. Rests while the page is hidden, and after a bounded number of asks. */
const WAITS_MS = [800, 1200, 1800, 2500, 3500, 5000, 7000, 10_000] as const
const MAX_ASKS = 120
const DECIDED: readonly OrderState[] = ['succeeded', 'closed', 'failed', 'refunded']

export function isDecided(state: OrderState): boolean {
  return DECIDED.includes(state)
}

export interface OrderWatch {
  order: ShallowRef<Order | null>
  problem: ShallowRef<Problem | null>
  resting: Ref<boolean>
  ask: () => Promise<void>
  watch: () => void
}

export function useOrderWatch(id: string): OrderWatch {
  const order = shallowRef<Order | null>(null)
  const problem = shallowRef<Problem | null>(null)
  const resting = ref(true)
  let timer: ReturnType<typeof setTimeout> | undefined
  let asks = 0
  let gone = false

  async function ask(): Promise<void> {
    try {
      const fresh = await orders.get(id)
      // Answers may overtake each other; an order never goes back.
      if (!order.value || fresh.version >= order.value.version) order.value = fresh
      problem.value = null
    } catch (thrown) {
      problem.value = asProblem(thrown)
    }
  }

  function stop(): void {
    clearTimeout(timer)
    resting.value = true
  }

  async function step(): Promise<void> {
    await ask()
    asks += 1
    if (gone) return
    const final = problem.value ? problem.value.status === 404 : order.value !== null && isDecided(order.value.state)
    if (final || asks >= MAX_ASKS || document.hidden) return stop()
    timer = setTimeout(() => void step(), WAITS_MS[Math.min(asks, WAITS_MS.length - 1)])
  }

  function watch(): void {
    clearTimeout(timer)
    asks = 0
    resting.value = false
    timer = setTimeout(() => void step(), WAITS_MS[0])
  }

  function whenShown(): void {
    if (!document.hidden && resting.value && order.value && !isDecided(order.value.state)) watch()
  }

  document.addEventListener('visibilitychange', whenShown)
  onBeforeUnmount(() => {
    gone = true
    stop()
    document.removeEventListener('visibilitychange', whenShown)
  })
  return { order, problem, resting, ask, watch }
}
