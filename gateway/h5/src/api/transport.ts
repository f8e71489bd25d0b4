import { newTraceparent } from '@/lib/ids'
import { accessToken, renewAccess } from './access'
import { needsSession, Problem, problemFrom } from './problem'

/**
 * The one way out: every call of the pages passes here. Adds the token and the trace, bounds the wait, renews the session
 * once when it has run out, and turns a dead line into a Problem. Never repeats a write by itself: client.ts does, with the same id.
 */
const READ_TIMEOUT_MS = 12_000
/** Above the gateway's own longest wait (an errand to WeChat), so that the server's answer comes before our patience ends. */
const WRITE_TIMEOUT_MS = 25_000
/** A roster of 27,000 rows on a slow line. */
const UPLOAD_TIMEOUT_MS = 120_000

let reachListener: (reached: boolean) => void = () => undefined

/** Told after each try whether the server could be reached at all. */
export function whenReached(listener: (reached: boolean) => void): void {
  reachListener = listener
}

function timeoutFor(request: Request): number {
  if (request.method === 'GET') return READ_TIMEOUT_MS
  return request.headers.get('Content-Type')?.startsWith('application/json') === false ? UPLOAD_TIMEOUT_MS : WRITE_TIMEOUT_MS
}

async function sendOnce(request: Request, token: string | null): Promise<Response> {
  const headers = new Headers(request.headers)
  headers.set('Accept', headers.get('Accept') ?? 'application/json')
  headers.set('traceparent', newTraceparent())
  if (token) headers.set('Authorization', `Bearer ${token}`)
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), timeoutFor(request))
  try {
    const answer = await fetch(new Request(request, { headers, signal: patience.signal, credentials: 'same-origin' }))
    reachListener(true)
    return answer
  } catch {
    reachListener(false)
    throw new Problem({ status: 0, code: patience.signal.aborted ? 'network.timeout' : 'network.lost' })
  } finally {
    clearTimeout(timer)
  }
}

async function sessionHasRunOut(answer: Response): Promise<boolean> {
  if (answer.status !== 401) return false
  return needsSession(problemFrom(401, await answer.clone().json().catch(() => null)))
}

/** A `fetch` for openapi-fetch. */
export async function transport(request: Request): Promise<Response> {
  const token = accessToken()
  const again = token ? request.clone() : null
  const answer = await sendOnce(request, token)
  if (!again || !(await sessionHasRunOut(answer))) return answer
  // While this request was on its way another one may have renewed the token already.
  const renewed = accessToken() !== token ? accessToken() !== null : await renewAccess()
  return renewed ? sendOnce(again, accessToken()) : answer
}
