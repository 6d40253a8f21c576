// HTTP over node:http(s), because its sockets can be unref'd: a request in the background never keeps
// the process alive. Redirects are not followed (a token must not travel to another host).
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

const unzip = promisify(gunzip)

export interface HttpCall {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Sends requests over kept-alive sockets that `close` ends. */
export interface HttpConnection {
  /** Resolves when the answer's head is there. @throws when there is none, or on abort. */
  open(call: HttpCall): Promise<IncomingMessage>
  /** Resolves with the whole answer. @throws when it is cut short, too large or late. */
  call(call: HttpCall, limits: { readonly timeoutMs: number }): Promise<HttpAnswer>
  close(): void
}

const MAX_BODY_BYTES = 64 * 1024 * 1024

export function createHttpConnection(protocol: string): HttpConnection {
  const secure = protocol === 'https:'
  const agent = secure
    ? new HttpsAgent({ keepAlive: true, maxSockets: 4 })
    : new HttpAgent({ keepAlive: true, maxSockets: 4 })

  function open({ url, method, headers, body, signal }: HttpCall): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const send = secure ? httpsRequest : httpRequest
      const request = send(url, { method, headers, agent, signal }, resolve)
      request.on('socket', (socket) => socket.unref())
      // Stays for good: a socket may fail again after the answer began.
      request.on('error', reject)
      request.end(body)
    })
  }

  return {
    open,
    async call(call, { timeoutMs }) {
      const timeout = AbortSignal.timeout(timeoutMs)
      const signal = AbortSignal.any([call.signal, timeout])
      const [response, bytes] = await open({ ...call, signal })
        .then(async (opened) => [opened, await readBody(opened)] as const)
        .catch((cause: unknown) => {
          if (!timeout.aborted) throw cause
          throw new Error(`no whole answer within ${timeoutMs} ms`, { cause })
        })
      const zipped = response.headers['content-encoding'] === 'gzip'
      const body = zipped ? await unzip(bytes, { maxOutputLength: MAX_BODY_BYTES }) : bytes
      return {
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: body.toString('utf8'),
      }
    },
    close: () => agent.destroy(),
  }
}

async function readBody(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response) {
    const buffer = Buffer.from(chunk)
    bytes += buffer.length
    if (bytes > MAX_BODY_BYTES) {
      response.destroy()
      throw new Error(`answer is larger than ${MAX_BODY_BYTES} bytes`)
    }
    chunks.push(buffer)
  }
  return Buffer.concat(chunks)
}

/** `base` with `path` under it, whether or not `base` ends in a slash. */
export function joinUrl(base: string, path: string): URL {
  const url = new URL(base)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`
  return url
}

/** Whether `text` is an absolute http or https address. */
export function isHttpUrl(text: unknown): text is string {
  if (typeof text !== 'string' || !URL.canParse(text)) return false
  return /^https?:$/.test(new URL(text).protocol)
}

export function isJson(headers: IncomingMessage['headers']): boolean {
  return /^application\/(?:[\w.+-]+\+)?json\b/i.test(headers['content-type'] ?? '')
}
