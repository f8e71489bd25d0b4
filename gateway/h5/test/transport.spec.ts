import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { accessToken, dropAccessToken, keepAccessToken, renewAccess, whenSessionEnds } from '@/api/access'
import { http, read, write } from '@/api/client'
import { keeper } from '@/api/keeper'
import { Problem } from '@/api/problem'
import { transport } from '@/api/transport'

/** A gateway in miniature: knows one valid token at a time, counts what it was asked. */
class Gateway {
  valid = 'second'
  next = 'second'
  refreshes = 0
  refreshStatus = 200
  asked: { method: string; path: string; key: string | null; token: string | null }[] = []
  answers: (() => Response | Promise<Response>)[] = []

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = input instanceof Request ? input : new Request(new URL(String(input), window.location.origin), init)
    const path = new URL(request.url).pathname
    if (path === '/v1/sessions/refresh') return this.refresh()
    const token = request.headers.get('Authorization')
    this.asked.push({ method: request.method, path, key: request.headers.get('Idempotency-Key'), token })
    const planned = this.answers.shift()
    if (planned) return planned()
    return token === `Bearer ${this.valid}` ? json(200, { ok: true }) : json(401, { code: 'session.needed' })
  }

  private async refresh(): Promise<Response> {
    this.refreshes += 1
    await Promise.resolve()
    return this.refreshStatus === 200 ? json(200, { access_token: this.next }) : json(this.refreshStatus, { code: 'members.session_ended' })
  }
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } })
}

function lost(): Response {
  throw new TypeError('network')
}

const ask = () => transport(new Request(`${window.location.origin}/v1/me`))
const place = () =>
  write({ action: 'orders.place', content: [1] }, (header) => http.POST('/v1/dues/orders', { body: { lines: [], expected_total_fen: 0 }, params: { header } }))
let gateway: Gateway

beforeEach(() => {
  gateway = new Gateway()
  vi.stubGlobal('fetch', gateway.fetch)
  vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 200 })
  window.localStorage.clear()
  dropAccessToken()
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('a token that has run out is renewed once', () => {
  it('renews, sends again and answers', async () => {
    keepAccessToken('first')
    expect((await ask()).status).toBe(200)
    expect(gateway.refreshes).toBe(1)
    expect(gateway.asked.map((one) => one.token)).toEqual(['Bearer first', 'Bearer second'])
  })

  it('renews once for many requests at the same time', async () => {
    keepAccessToken('first')
    const answers = await Promise.all(Array.from({ length: 8 }, ask))
    expect(answers.every((answer) => answer.ok)).toBe(true)
    expect(gateway.refreshes).toBe(1)
  })

  it('does not renew again when the new token is refused as well', async () => {
    keepAccessToken('first')
    gateway.valid = 'neither'
    expect((await ask()).status).toBe(401)
    expect(gateway.refreshes).toBe(1)
  })

  it('tells that the session ended, and forgets the token', async () => {
    const ended = vi.fn()
    whenSessionEnds(ended)
    keepAccessToken('first')
    gateway.refreshStatus = 401
    expect((await ask()).status).toBe(401)
    expect(ended).toHaveBeenCalledOnce()
    expect(accessToken()).toBeNull()
  })

  it('keeps the session when only the line is down', async () => {
    const ended = vi.fn()
    whenSessionEnds(ended)
    keepAccessToken('first')
    gateway.refreshStatus = 503
    await expect(renewAccess()).rejects.toMatchObject({ status: 503 })
    expect(ended).not.toHaveBeenCalled()
    expect(accessToken()).toBe('first')
  })

  it('does not take a wrong password for a session that ran out', async () => {
    keepAccessToken('first')
    gateway.answers = [() => json(401, { code: 'members.sign_in_refused' })]
    expect((await ask()).status).toBe(401)
    expect(gateway.refreshes).toBe(0)
  })

  it('puts the token nowhere but into memory', async () => {
    keepAccessToken('first')
    await ask()
    expect(JSON.stringify({ ...window.localStorage, ...window.sessionStorage })).not.toContain('second')
  })
})

describe('a write is sent under one request id until it is decided', () => {
  beforeEach(() => keepAccessToken('second'))

  it('uses the same id when the answer was lost', async () => {
    gateway.answers = [lost, () => json(201, { id: 'o1' })]
    await place()
    const keys = gateway.asked.map((one) => one.key)
    expect(keys).toHaveLength(2)
    expect(new Set(keys).size).toBe(1)
    expect(keeper.waiting).toBe(0)
  })

  it('keeps the id on the phone when all tries were in vain, and goes on with it', async () => {
    gateway.answers = [lost, lost, lost]
    await expect(place()).rejects.toMatchObject({ code: 'network.lost' })
    expect(keeper.waiting).toBe(1)
    gateway.answers = [() => json(201, { id: 'o1' })]
    await place()
    expect(new Set(gateway.asked.map((one) => one.key)).size).toBe(1)
    expect(keeper.waiting).toBe(0)
  })

  it('keeps the id through a session that ran out on the way', async () => {
    keepAccessToken('first')
    gateway.answers = [() => json(401, { code: 'session.needed' }), () => json(201, { id: 'o1' })]
    await place()
    expect(new Set(gateway.asked.map((one) => one.key)).size).toBe(1)
  })

  it('waits out a request that is still in flight', async () => {
    gateway.answers = [() => json(409, { code: 'request.in_flight' }), () => json(201, { id: 'o1' })]
    await place()
    expect(new Set(gateway.asked.map((one) => one.key)).size).toBe(1)
  })

  it('lets the id go when the server decided against it', async () => {
    gateway.answers = [() => json(409, { code: 'dues.month_already_paid', trace_id: 'abc', detail: { month: '2026-09' } })]
    await expect(place()).rejects.toMatchObject({ code: 'dues.month_already_paid', traceId: 'abc', detail: { month: '2026-09' } })
    expect(keeper.waiting).toBe(0)
  })

  it('takes a new id when the kept one was used for something else', async () => {
    gateway.answers = [() => json(422, { code: 'request.reused' }), () => json(201, { id: 'o1' })]
    await place()
    expect(new Set(gateway.asked.map((one) => one.key)).size).toBe(2)
  })

  it('does not send again what was refused for good', async () => {
    gateway.answers = [() => json(422, { code: 'dues.order_refused' })]
    await expect(place()).rejects.toBeInstanceOf(Problem)
    expect(gateway.asked).toHaveLength(1)
  })
})

describe('a question', () => {
  it('is asked once more after a passing failure, and no oftener', async () => {
    keepAccessToken('second')
    gateway.answers = [() => json(503, { code: 'unavailable' }, { 'Retry-After': '1' }), () => json(503, { code: 'unavailable' })]
    await expect(read(() => http.GET('/v1/me'))).rejects.toMatchObject({ status: 503 })
    expect(gateway.asked).toHaveLength(2)
    expect(gateway.asked[0]!.key).toBeNull()
  })

  it('survives an answer that is no problem document', async () => {
    keepAccessToken('second')
    gateway.answers = [() => new Response('<html>', { status: 404 })]
    await expect(read(() => http.GET('/v1/me'))).rejects.toMatchObject({ status: 404, code: 'internal' })
  })
})
