import { mount, type VueWrapper } from '@vue/test-utils'
import { getResponse } from 'msw'
import { createPinia, setActivePinia } from 'pinia'
import { vi } from 'vitest'
import App from '@/App.vue'
import { keepAccessToken } from '@/api/access'
import { router } from '@/app/router'
import { handlers } from './mocks/handlers'

/** The whole application over the made-up server, in jsdom: for walks through several pages. */
export interface Walk {
  app: VueWrapper
  /** What was sent: method, path and request id of every call. */
  sent: { method: string; path: string; key: string | null }[]
  go: (path: string) => Promise<void>
  see: (text: string) => Promise<void>
  press: (text: string) => Promise<void>
  /** Fills the field of this label. */
  type: (label: string, text: string) => Promise<void>
}

export interface Trouble {
  /** Paths at which the line is down. */
  isDown?: (path: string) => boolean
  /** A status to refuse a path with, as a server whose session ran out does. */
  answer?: (path: string) => number | null
}

/** Longer than a busy machine needs for a page; what is there is seen at once. */
export const PATIENCE_MS = 20_000
// jsdom lays nothing out, so there is nothing to scroll.
window.scrollTo = () => undefined

export async function walkAs(phone: string | null, trouble: Trouble = {}): Promise<Walk> {
  const sent: Walk['sent'] = []
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(new URL(String(input), window.location.origin), init)
    const path = new URL(request.url).pathname
    sent.push({ method: request.method, path, key: request.headers.get('Idempotency-Key') })
    if (trouble.isDown?.(path)) throw new TypeError('line down')
    const refused = trouble.answer?.(path)
    if (refused) return Response.json({ code: 'session.needed' }, { status: refused })
    if (path === '/v1/sessions/refresh') return phone ? Response.json({ access_token: phone }) : Response.json({ code: 'session.needed' }, { status: 401 })
    return (await getResponse(handlers, request)) ?? Response.json({ code: 'not_found' }, { status: 404 })
  })
  const pinia = createPinia()
  setActivePinia(pinia)
  if (phone) keepAccessToken(phone)
  const app = mount(App, { global: { plugins: [pinia, router] }, attachTo: document.body })
  const words = () => document.body.textContent ?? ''
  const see = (text: string) => vi.waitFor(() => { if (!words().includes(text)) throw new Error(`not seen: ${text}\n${words().slice(0, 600)}`) }, { timeout: PATIENCE_MS, interval: 20 })
  const find = (text: string) => [...document.querySelectorAll<HTMLElement>('button, a, label.tick')].reverse().find((one) => one.textContent?.includes(text) && !(one as HTMLButtonElement).disabled)
  return {
    app,
    sent,
    see,
    go: async (path) => {
      await router.push(path)
      await router.isReady()
    },
    type: async (label, text) => {
      const field = [...document.querySelectorAll('label')].find((one) => one.textContent?.trim() === label)
      const input = document.getElementById(field?.htmlFor ?? '') as HTMLInputElement
      input.value = text
      input.dispatchEvent(new Event('input'))
      await app.vm.$nextTick()
    },
    press: async (text) => {
      await vi.waitFor(() => { if (!find(text)) throw new Error(`nothing to press: ${text}`) }, { timeout: PATIENCE_MS, interval: 20 })
      find(text)!.click()
    },
  }
}
