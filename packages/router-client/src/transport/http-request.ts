// HTTP over node:http(s), because its sockets can be unref'd: no request keeps the process alive.
// Redirects are not followed, so that a token never reaches another host.
import type { Agent, IncomingMessage, RequestOptions } from 'node:http'
import { urlToHttpOptions } from 'node:url'
import { isAgent } from '../runtime/option-problems.ts'
import { linkAbort } from '../runtime/signal.ts'
import { toBackground } from './background-socket.ts'
import { takeConnectTurn } from './connect-turn.ts'
import { findProxy } from './find-proxy.ts'
import { readText } from './http-body.ts'
import { loadNodeHttp, type NodeHttp } from './node-http.ts'
import { type ConnectOptions, createTunnelAgent } from './tunnel-agent.ts'

export interface HttpCall {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  readonly signal: AbortSignal
  /** There is a connection: what follows waits for the server. */
  readonly onConnected?: (() => void) | undefined
}

export type HttpConnection = ReturnType<typeof createHttpConnection>
export type HttpAnswer = Awaited<ReturnType<HttpConnection['call']>>

const ignore = (): void => undefined

/**
 * Sends requests to one server over kept-alive sockets that `close` ends.
 *
 * @param own An agent of the caller's, which says how to connect and is never destroyed. Default: directly, or
 * through the proxy that the environment names.
 */
export function createHttpConnection(own?: object) {
  let way: Way | undefined

  /** Resolves with the head of the answer. @throws when there is none, or on abort. */
  async function open(call: HttpCall): Promise<IncomingMessage> {
    const modules = await loadNodeHttp()
    way ??= isAgent(own) ? directWay(call.url, own) : findWay(call.url, modules)
    for (;;) {
      const response = await attempt(call, way, modules)
      if (response !== undefined) return response
    }
  }

  return {
    open,
    /** Resolves with the whole answer. @throws when it is cut short, too large or late. */
    async call(call: HttpCall, timeoutMs: number) {
      const limited = linkAbort(call.signal)
      const problem = new Error(`no whole answer within ${timeoutMs} ms`)
      let late: NodeJS.Timeout | undefined
      const onConnected = (): void => {
        late ??= setTimeout(() => limited.abort(problem), timeoutMs).unref()
      }
      try {
        const response = await open({ ...call, signal: limited.signal, onConnected })
        const { headers, statusCode: status = 0 } = response
        return { status, headers, body: await readText(response) }
      } catch (cause) {
        throw limited.signal.reason === problem ? problem : cause
      } finally {
        clearTimeout(late)
        limited.unlink()
      }
    },
    close(): void {
      if (own === undefined) way?.agent.destroy()
    },
  }
}

/** How requests reach the server. */
interface Way {
  /** What the sockets connect to. */
  readonly host: string
  readonly agent: Agent
  /** Where a request goes, and what it needs on this way. */
  readonly aim: (url: URL) => { readonly target: URL } & RequestOptions
}

function directWay({ host }: URL, agent: Agent): Way {
  return { host, agent, aim: (target) => ({ target }) }
}

/** @throws when the environment names a proxy that cannot be used. */
function findWay(url: URL, modules: NodeHttp): Way {
  const proxy = findProxy(url, process.env)
  if (proxy === undefined) return directWay(url, createAgent(url, modules))
  if (url.protocol === 'https:') return directWay(proxy.url, createTunnelAgent(proxy, modules))
  // Many proxies open tunnels to port 443 only. A plain request names its server in the path.
  return {
    host: proxy.url.host,
    agent: createAgent(proxy.url, modules),
    aim: (asked) => ({
      target: proxy.url,
      path: `${asked.origin}${asked.pathname}${asked.search}`,
      headers: { ...proxy.headers, host: asked.host },
      auth: urlToHttpOptions(asked).auth,
    }),
  }
}

function createAgent(url: URL, modules: NodeHttp): Agent {
  return new (moduleFor(url, modules).Agent)({ keepAlive: true })
}

function moduleFor({ protocol }: URL, { http, https }: NodeHttp) {
  return protocol === 'https:' ? https : http
}

/** Resolves with undefined if the server had closed a kept socket: another one may do. */
async function attempt(
  call: HttpCall,
  way: Way,
  modules: NodeHttp,
): Promise<IncomingMessage | undefined> {
  const { url, method, body, signal, onConnected } = call
  const { target, headers, ...more } = way.aim(url)
  const turn = await takeConnectTurn(way.host, signal)
  const connecting = new AbortController()
  const options: ConnectOptions = {
    ...more,
    method,
    headers: { ...headers, ...call.headers, 'accept-encoding': 'gzip' },
    agent: way.agent,
    signal,
    connecting: connecting.signal,
  }
  return await new Promise<IncomingMessage | undefined>((resolve, reject) => {
    const request = moduleFor(target, modules).request(target, options)
    turn.begin((cause) => {
      connecting.abort(cause)
      request.destroy()
      reject(cause)
    })
    request.on('socket', (socket) => {
      const connected = (): void => {
        turn.end(request.reusedSocket ? 'reused' : 'connected')
        onConnected?.()
      }
      if (toBackground(socket).connecting) socket.once('connect', connected)
      else connected()
    })
    request.on('response', (response) => resolve(response.on('error', ignore)))
    // These listeners stay: a socket may fail again after the answer began. Node closes some without an error, for
    // example after an upgrade that was not requested.
    request.on('error', (cause) => {
      if (request.reusedSocket && wasClosed(cause) && !signal.aborted) resolve(undefined)
      else reject(cause)
    })
    request.on('close', () => {
      reject(new Error(`${url.host} closed the connection without an answer`))
    })
    request.end(body)
  }).finally(() => turn.end('failed'))
}

function wasClosed(cause: Error): boolean {
  return 'code' in cause && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE')
}
