import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { defineConfig, mergeConfig, type Plugin, type ViteDevServer } from 'vite'
import base from '../../vite.config.ts'

/** `npm run dev:mock`: the pages over the made-up server, to look at them without gateway and services. Never part of a build. */
const BRIDGE = `
window.WeixinJSBridge = {
  invoke: function (name, parameters, done) {
    fetch('/mock/paid/' + parameters.package.slice('prepay_id='.length), { method: 'POST' }).then(function () {
      done({ err_msg: 'get_brand_wcpay_request:ok' })
    })
  },
}
`

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

async function answer(server: ViteDevServer, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const { handlers } = (await server.ssrLoadModule('/test/mocks/handlers.ts')) as typeof import('./handlers')
  const { getResponse } = await import('msw')
  const method = request.method ?? 'GET'
  const body = method === 'GET' ? null : await bodyOf(request)
  const asked = new Request(`http://mock${request.url ?? '/'}`, { method, headers: request.headers as Record<string, string>, ...(body?.length ? { body: new Uint8Array(body) } : {}) })
  const given = await getResponse(handlers, asked)
  if (!given) return false
  response.statusCode = given.status
  given.headers.forEach((value, name) => response.setHeader(name, value))
  // A fetch Response hides this header; MSW keeps what the handler gave.
  const cookie = given.headers.getSetCookie()
  if (cookie.length > 0) response.setHeader('Set-Cookie', cookie)
  response.end(Buffer.from(await given.arrayBuffer()))
  return true
}

const madeUpServer: Plugin = {
  name: 'made-up-server',
  configureServer(server) {
    server.middlewares.use((request, response, next) => {
      if (request.url === '/mock/bridge.js') {
        response.setHeader('Content-Type', 'text/javascript')
        response.end(BRIDGE)
        return
      }
      if (!/^\/(v1|mock)\//.test(request.url ?? '')) return next()
      answer(server, request, response).then((done) => (done ? undefined : next()), next)
    })
  },
}

export default mergeConfig(
  { ...base, server: {} },
  defineConfig({ root: fileURLToPath(new URL('../..', import.meta.url)), plugins: [madeUpServer], server: { port: 5199, strictPort: true, host: '127.0.0.1' } }),
)
