import createClient from 'openapi-fetch'
import { keeper, type Intent } from './keeper'
import type { components, paths } from './openapi.gen'
import { asProblem, isFinal, isPassing, Problem, problemFrom } from './problem'
import { transport } from './transport'

/** The typed client, and the two ways to call it: `read` for questions, `write` for what changes something. */
export type Schemas = components['schemas']

export const http = createClient<paths>({ baseUrl: window.location.origin, fetch: transport })

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

const READ_TRIES = 2
const WRITE_TRIES = 3
const FIRST_WAIT_MS = 500
const MAX_WAIT_MS = 4_000

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function waitBefore(tryNumber: number, problem: Problem): number {
  const asked = problem.retryAfterS === null ? 0 : problem.retryAfterS * 1000
  return Math.min(MAX_WAIT_MS, Math.max(asked, FIRST_WAIT_MS * 2 ** (tryNumber - 1)))
}

async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call
  if (!response.ok) throw problemFrom(response.status, error, response.headers)
  return data as T
}

async function upTo<T>(tries: number, send: () => Promise<Answer<T>>): Promise<T> {
  for (let number = 1; ; number += 1) {
    try {
      return await unwrap(send())
    } catch (thrown) {
      if (!(thrown instanceof Problem) || number >= tries || !isPassing(thrown)) throw thrown
      await pause(waitBefore(number, thrown))
    }
  }
}

/** A question; asked once more when the line or a part of the server was away for a moment. */
export function read<T>(send: () => Promise<Answer<T>>): Promise<T> {
  return upTo(READ_TRIES, send)
}

/**
 * A write under the kept request id of its intent. Sent again with the same id while nothing final came; when the tries are
 * used up the id stays on the phone, and the person's own next try continues with it.
 */
export async function write<T>(intent: Intent, send: (headers: { 'Idempotency-Key': string }) => Promise<Answer<T>>): Promise<T> {
  try {
    return await sendUnderKeptId(intent, send)
  } catch (thrown) {
    // A discreet intent keeps no fingerprint: after a reload its old id may meet a new content. That id is done with.
    if (!(thrown instanceof Problem) || thrown.code !== 'request.reused') throw thrown
    return sendUnderKeptId(intent, send)
  }
}

async function sendUnderKeptId<T>(intent: Intent, send: (headers: { 'Idempotency-Key': string }) => Promise<Answer<T>>): Promise<T> {
  const headers = { 'Idempotency-Key': keeper.idFor(intent) }
  try {
    const data = await upTo(WRITE_TRIES, () => send(headers))
    keeper.settle(intent)
    return data
  } catch (thrown) {
    if (thrown instanceof Problem && isFinal(thrown)) keeper.settle(intent)
    throw thrown
  }
}

export { asProblem, Problem }
