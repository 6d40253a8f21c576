import type { Agent, ClientRequestArgs } from 'node:http'
import { isIPv6 } from 'node:net'
import type { Duplex } from 'node:stream'
import { describeCause } from '../runtime/unknown-value.ts'
import { toBackground } from './background-socket.ts'
import type { ProxyAddress } from './find-proxy.ts'
import type { NodeHttp } from './node-http.ts'

/** Options of a request, as an agent gets them. */
export interface ConnectOptions extends ClientRequestArgs {
  /** Ends a connect that is under way; the signal of the request itself does not reach the agent. */
  readonly connecting?: AbortSignal
  /** What the connection runs over. */
  readonly socket?: Duplex
}

/** Connects to https servers through a proxy, by CONNECT. The proxy sees host and port only. */
export function createTunnelAgent(proxy: ProxyAddress, { http, https }: NodeHttp): Agent {
  class TunnelAgent extends https.Agent {
    override createConnection(
      options: ConnectOptions,
      callback: (cause: Error | null, socket?: Duplex) => void,
    ): undefined {
      const { url, headers } = proxy
      const { host, port, connecting: signal } = options
      const authority = `${isIPv6(host ?? '') ? `[${host}]` : host}:${port}`
      const send = url.protocol === 'https:' ? https.request : http.request
      const request = send(url, {
        method: 'CONNECT',
        path: authority,
        headers: { ...headers, host: authority },
        agent: false,
        ...(signal === undefined ? {} : { signal }),
      })
      request.on('socket', toBackground)
      request.on('connect', ({ statusCode = 0 }, socket, head) => {
        if (statusCode < 200 || statusCode > 299) {
          socket.destroy()
          const advice =
            statusCode === 407 ? ': put user and password into the address of the proxy' : ''
          callback(
            new Error(`the proxy ${url.host} refused a tunnel with status ${statusCode}${advice}`),
          )
          return
        }
        if (head.length > 0) socket.unshift(head)
        const through: ConnectOptions = { ...options, socket }
        try {
          callback(null, super.createConnection(through) ?? undefined)
        } catch (cause) {
          socket.destroy()
          callback(new Error(describeCause(cause), { cause }))
        }
      })
      request.on('error', callback)
      // The first call of `callback` counts.
      request.on('close', () => callback(new Error(`the proxy ${url.host} opened no tunnel`)))
      request.end()
      return undefined
    }
  }
  return new TunnelAgent({ keepAlive: true })
}
