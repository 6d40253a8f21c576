// HTTP over node:http(s), because its sockets can be unref'd: no request keeps the process alive.
// Redirects are not followed, so that a token never reaches another host.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { takeConnectTurn } from './connect-turn.ts'

export interface HttpCall {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
}

export type HttpConnection = ReturnType<typeof createHttpConnection>
export type HttpAnswer = Awaited<ReturnType<HttpConnection['call']>>

const MAX_BODY_BYTES = 64 * 1024 * 1024
/** A pending connect keeps the process alive (see connect-turn.ts), so it must not take long. */
const CONNECT_TIMEOUT_MS = 3_000

/** Sends requests over kept-alive sockets that `close` ends. */
export function createHttpConnection(protocol: string) {
  const secure = protocol === 'https:'
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })

  /** Resolves with the head of the answer. @throws when there is none, or on abort. */
  async function open({ url, body, signal, ...call }: HttpCall): Promise<IncomingMessage> {
    const endTurn = await takeConnectTurn(url.host, signal)
    return await new Promise<IncomingMessage>((resolve, reject) => {
      const send = secure ? httpsRequest : httpRequest
      const request = send(url, { ...call, agent, signal }, resolve)
      request.on('socket', (socket) => {
        socket.unref()
        if (!socket.connecting) {
          endTurn('connected')
          return
        }
        const problem = `no connection to ${url.host} within ${CONNECT_TIMEOUT_MS} ms`
        const late = setTimeout(() => request.destroy(new Error(problem)), CONNECT_TIMEOUT_MS)
        late.unref()
        socket.once('connect', () => endTurn('connected'))
        socket.once('connect', () => clearTimeout(late)).once('close', () => clearTimeout(late))
      })
      // Both listeners stay: a socket may fail again after the answer began. Node closes some without an
      // error, for example after an upgrade that was not requested.
      request.on('error', reject)
      request.on('close', () => {
        reject(new Error(`${url.host} closed the connection without an answer`))
      })
      request.end(body)
    }).finally(() => endTurn('failed'))
  }

  return {
    open,
    /** Resolves with the whole answer. @throws when it is cut short, too large or late. */
    async call(call: HttpCall, timeoutMs: number) {
      const limited = linkAbort(call.signal)
      const problem = new Error(`no whole answer within ${timeoutMs} ms`)
      const late = setTimeout(() => limited.abort(problem), timeoutMs)
      late.unref()
      const [response, bytes] = await open({ ...call, signal: limited.signal })
        .then(async (opened) => [opened, await readBody(opened)] as const)
        .catch((cause: unknown) => {
          throw limited.signal.reason === problem ? problem : cause
        })
        .finally(() => {
          clearTimeout(late)
          limited.unlink()
        })
      const { headers, statusCode: status = 0 } = response
      const isZipped = headers['content-encoding'] === 'gzip'
      const body = isZipped ? await unzipText(bytes) : bytes.toString('utf8')
      return { status, headers, body }
    },
    close: (): void => agent.destroy(),
  }
}

/**
 * A signal that aborts with `outer`, until it is unlinked. Replaces `AbortSignal.any([outer, own])`: in Node 20
 * each call of that leaks 2 kB for as long as `outer` lives.
 */
export function linkAbort(outer: AbortSignal) {
  const own = new AbortController()
  const signal: AbortSignal = own.signal
  const follow = (): void => own.abort(outer.reason)
  if (outer.aborted) follow()
  else outer.addEventListener('abort', follow)
  return {
    signal,
    abort: (reason?: unknown): void => own.abort(reason),
    unlink: (): void => outer.removeEventListener('abort', follow),
  }
}

const unzip = promisify(gunzip)

/** @throws when the text is too large. */
export async function unzipText(zipped: Uint8Array): Promise<string> {
  const bytes = await unzip(zipped, { maxOutputLength: MAX_BODY_BYTES })
  return bytes.toString('utf8')
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
