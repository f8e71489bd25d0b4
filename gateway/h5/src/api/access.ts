import { newRequestId } from '@/lib/ids'
import { Problem, problemFrom } from './problem'

/**
 * The access token, in the page's memory only, and its renewal. The refresh token is an HttpOnly cookie that no script sees;
 * it changes with each use, so only one renewal may run at a time: one for the page, and one for all tabs through a lock.
 */
let token: string | null = null
let renewal: Promise<boolean> | null = null
let endedListener: () => void = () => undefined

const REFRESH_PATH = '/v1/sessions/refresh'
const LOCK_NAME = 'session-renewal'

export function accessToken(): string | null {
  return token
}

export function keepAccessToken(value: string): void {
  token = value
}

export function dropAccessToken(): void {
  token = null
}

/** Called when the server says that the session is over. */
export function whenSessionEnds(listener: () => void): void {
  endedListener = listener
}

async function askForToken(): Promise<boolean> {
  let answer: Response
  try {
    answer = await fetch(REFRESH_PATH, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Idempotency-Key': newRequestId(), Accept: 'application/json' },
    })
  } catch {
    throw new Problem({ status: 0, code: 'network.lost' })
  }
  if (answer.ok) {
    const body = (await answer.json()) as { access_token: string }
    token = body.access_token
    return true
  }
  if (answer.status === 401 || answer.status === 400 || answer.status === 403) {
    const had = token !== null
    token = null
    if (had) endedListener()
    return false
  }
  throw problemFrom(answer.status, await answer.json().catch(() => null), answer.headers)
}

async function renewUnderLock(): Promise<boolean> {
  const before = token
  if (!('locks' in navigator)) return askForToken()
  return navigator.locks.request(LOCK_NAME, async () => {
    // Another request of this page may have renewed it while this one waited for the lock.
    if (token !== null && token !== before) return true
    return askForToken()
  })
}

/** True when there is a fresh token now, false when nobody is signed in. Throws when it could not be found out. */
export function renewAccess(): Promise<boolean> {
  renewal ??= renewUnderLock().finally(() => {
    renewal = null
  })
  return renewal
}
