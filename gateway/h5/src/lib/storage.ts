/** The phone's own memory behind one door: a browser that refuses it (private mode, full) falls back to the page's memory. */

export interface KeyValue {
  get(key: string): string | null
  set(key: string, value: string): void
  remove(key: string): void
}

export function overStorage(pick: () => Storage): KeyValue {
  const spare = new Map<string, string>()
  return {
    get(key) {
      try {
        return pick().getItem(key) ?? spare.get(key) ?? null
      } catch {
        return spare.get(key) ?? null
      }
    },
    set(key, value) {
      try {
        pick().setItem(key, value)
        spare.delete(key)
      } catch {
        spare.set(key, value)
      }
    },
    remove(key) {
      spare.delete(key)
      try {
        pick().removeItem(key)
      } catch {
        // Nothing was stored there, so there is nothing to remove.
      }
    },
  }
}

/** Outlives the browser: request ids awaiting an answer, comfort settings. */
export const lasting = overStorage(() => window.localStorage)
/** Gone with the tab: drafts and the choice of people to pay for. */
export const forThisTab = overStorage(() => window.sessionStorage)

/** Reads JSON written by us; anything else counts as absent. */
export function readJson<T>(store: KeyValue, key: string): T | null {
  const text = store.get(key)
  if (text === null) return null
  try {
    return JSON.parse(text) as T
  } catch {
    store.remove(key)
    return null
  }
}

const clearedListeners: (() => void)[] = []

/** For what also stands in the page's memory: told when the tab's drafts are thrown away. */
export function whenTabIsCleared(listener: () => void): void {
  clearedListeners.push(listener)
}

/** Drafts and choices are gone: at sign-out, and before another person's session begins in this tab. */
export function clearTab(): void {
  try {
    window.sessionStorage.clear()
  } catch {
    // A browser without it kept nothing.
  }
  clearedListeners.forEach((listener) => listener())
}
