import { onBeforeUnmount, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { asProblem, type Problem } from '@/api/problem'

/** A skeleton sooner than this only flickers. */
const SKELETON_AFTER_MS = 300

export interface Load<T> {
  data: ShallowRef<T | null>
  problem: ShallowRef<Problem | null>
  slow: Ref<boolean>
  busy: Ref<boolean>
  reload: () => Promise<void>
}

/** Asks at once and keeps what is needed to show it: the data, the refusal, and whether it takes long enough for a skeleton. */
export function useLoad<T>(ask: () => Promise<T>): Load<T> {
  const data = shallowRef<T | null>(null)
  const problem = shallowRef<Problem | null>(null)
  const slow = ref(false)
  const busy = ref(false)
  let turn = 0

  async function reload(): Promise<void> {
    const mine = ++turn
    busy.value = true
    problem.value = null
    const timer = setTimeout(() => (slow.value = data.value === null), SKELETON_AFTER_MS)
    try {
      const got = await ask()
      if (mine === turn) data.value = got
    } catch (thrown) {
      if (mine === turn) problem.value = asProblem(thrown)
    } finally {
      clearTimeout(timer)
      if (mine === turn) {
        slow.value = false
        busy.value = false
      }
    }
  }

  onBeforeUnmount(() => {
    turn += 1
  })
  void reload()
  return { data, problem, slow, busy, reload }
}

interface Page<T> {
  items: T[]
  next_cursor: string | null
}

export interface Pages<T> {
  items: ShallowRef<T[]>
  more: Ref<boolean>
  loaded: Ref<boolean>
  problem: ShallowRef<Problem | null>
  slow: Ref<boolean>
  busy: Ref<boolean>
  next: () => Promise<void>
  restart: () => Promise<void>
}

/** A list that comes in pages. A restart (another search) forgets what an older answer still brings. */
export function usePages<T>(ask: (cursor?: string) => Promise<Page<T>>, options: { lazy?: boolean } = {}): Pages<T> {
  const items = shallowRef<T[]>([])
  const more = ref(false)
  const loaded = ref(false)
  const problem = shallowRef<Problem | null>(null)
  const slow = ref(false)
  const busy = ref(false)
  let cursor: string | undefined
  let turn = 0

  async function fetchPage(fresh: boolean): Promise<void> {
    const mine = ++turn
    busy.value = true
    problem.value = null
    if (fresh) cursor = undefined
    const timer = setTimeout(() => (slow.value = fresh), SKELETON_AFTER_MS)
    try {
      const page = await ask(cursor)
      if (mine !== turn) return
      items.value = fresh ? page.items : [...items.value, ...page.items]
      cursor = page.next_cursor ?? undefined
      more.value = cursor !== undefined
      loaded.value = true
    } catch (thrown) {
      if (mine === turn) problem.value = asProblem(thrown)
    } finally {
      clearTimeout(timer)
      if (mine === turn) {
        slow.value = false
        busy.value = false
      }
    }
  }

  const restart = () => fetchPage(true)
  const next = () => (busy.value || !more.value ? Promise.resolve() : fetchPage(false))
  onBeforeUnmount(() => {
    turn += 1
  })
  if (!options.lazy) void restart()
  return { items, more, loaded, problem, slow, busy, next, restart }
}

/** One write at a time from a button: busy while it runs, its refusal kept for the note beside the button. */
export function useDoing(): {
  busy: Ref<boolean>
  problem: ShallowRef<Problem | null>
  run: <T>(act: () => Promise<T>) => Promise<T | undefined>
} {
  const busy = ref(false)
  const problem = shallowRef<Problem | null>(null)

  async function run<T>(act: () => Promise<T>): Promise<T | undefined> {
    if (busy.value) return undefined
    busy.value = true
    problem.value = null
    try {
      return await act()
    } catch (thrown) {
      problem.value = asProblem(thrown)
      return undefined
    } finally {
      busy.value = false
    }
  }

  return { busy, problem, run }
}
