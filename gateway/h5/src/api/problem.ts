/**
 * A refusal or a lost answer, as pages handle it. The server sends RFC 9457 documents with a stable `code`; what never got an
 * answer gets a code of our own (`network.lost`, `network.timeout`). The sentences for people live in words/errors.ts.
 */
export interface ProblemFields {
  status: number
  code: string
  detail?: Record<string, unknown>
  traceId?: string
  retryAfterS?: number | null
}

export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly detail: Record<string, unknown>
  readonly traceId: string
  readonly retryAfterS: number | null

  constructor(fields: ProblemFields) {
    super(fields.code)
    this.name = 'Problem'
    this.status = fields.status
    this.code = fields.code
    this.detail = fields.detail ?? {}
    this.traceId = fields.traceId ?? ''
    this.retryAfterS = fields.retryAfterS ?? null
  }

  /** Nobody answered, so nothing is known about the effect. */
  get unanswered(): boolean {
    return this.status === 0
  }
}

/** Codes with which the server says "who are you?": the same request may be sent again after signing in. */
const SESSION_CODES = new Set(['session.needed', 'members.session_ended'])
const IN_FLIGHT_CODE = 'request.in_flight'

export function needsSession(problem: Problem): boolean {
  return problem.status === 401 && SESSION_CODES.has(problem.code)
}

/** Whether the request was decided. If not, the same request id must be used for the next try. */
export function isFinal(problem: Problem): boolean {
  if (problem.unanswered || problem.status >= 500 || problem.status === 408 || problem.status === 429) return false
  return !needsSession(problem) && problem.code !== IN_FLIGHT_CODE
}

/** Worth sending again by itself after a moment. */
export function isPassing(problem: Problem): boolean {
  return problem.unanswered || problem.status === 503 || problem.status === 502 || problem.code === IN_FLIGHT_CODE
}

function plainObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

const STANDARD_MEMBERS = new Set(['type', 'title', 'status', 'code', 'detail', 'instance', 'trace_id'])

/** The parameters of a refusal: `detail` when it is an object, and every extension member beside the standard ones. */
function readDetail(body: Record<string, unknown>): Record<string, unknown> {
  const extensions = Object.fromEntries(Object.entries(body).filter(([name]) => !STANDARD_MEMBERS.has(name)))
  return { ...extensions, ...plainObject(body.detail) }
}

/** Turns an answer that is not 2xx into a Problem. A body that is no problem document (a proxy's page) still gives one. */
export function problemFrom(status: number, body: unknown, headers?: Headers): Problem {
  const fields = plainObject(body)
  const retryAfter = Number(headers?.get('Retry-After') ?? NaN)
  return new Problem({
    status,
    code: typeof fields.code === 'string' ? fields.code : status >= 500 ? 'unavailable' : 'internal',
    detail: readDetail(fields),
    traceId: typeof fields.trace_id === 'string' ? fields.trace_id : (headers?.get('X-Request-Id') ?? ''),
    retryAfterS: Number.isFinite(retryAfter) ? retryAfter : null,
  })
}

export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown
  return new Problem({ status: -1, code: 'page.broken' })
}
