// A provider on a real socket: speaks the HTTP APIs of OpenAI and Anthropic to their SDKs, and answers as the test says.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { bareApi, frame, type ProviderApi, providerApis, type Used } from './provider-apis.ts'

/** What a caller asks for. */
export interface Asked {
  readonly api: ProviderApi
  readonly model: string
  readonly request: IncomingMessage
  readonly body: Readonly<Record<string, unknown>>
}

/** What one model answers. */
export type Reply = (response: ServerResponse, asked: Asked) => void

const fewTokens: Used = { input: 10, output: 5 }

export const completion =
  (text: string, used = fewTokens): Reply =>
  (response, asked) =>
    json(200, asked.api.whole(asked.model, text, used))(response, asked)

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
}

export const failure =
  (
    status: number,
    error: object = { message: 'no' },
    headers: Record<string, string> = {},
  ): Reply =>
  (response, asked) =>
    json(status, asked.api.error(error), headers)(response, asked)

/** Never answers. */
export const silence: Reply = () => undefined

/** Ends the connection before an answer. */
export const cutOff: Reply = (response) => response.destroy()

/** A page where JSON is expected, as a proxy sends it. */
export const noJson: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end('<html>')
}

/** How a stream ends: as it should, broken, never, with an error of its own, or with an event that is no JSON. */
type StreamEnding = 'done' | 'cut' | 'hang' | 'garbled' | { readonly error: object }

/** Server-sent events: each a text of the answer. Then ends as `end` says. */
export function eventStream(
  texts: readonly string[],
  end: StreamEnding = 'done',
  used = fewTokens,
): Reply {
  return (response, { api, model }) => {
    let written = 0
    const frames = (events: readonly (object | string)[]) =>
      events.map((event) => frame(event, api.isNumbered ? written++ : undefined)).join('')
    const write = (events: readonly (object | string)[]) => response.write(frames(events))
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    write(api.opening(model, used))
    write(texts.map((text) => api.delta(model, text)))
    if (end === 'cut') setTimeout(() => response.destroy(), 20)
    else if (end === 'garbled')
      response.write(`${frames([api.delta(model, 'x')]).slice(0, -4)}\n\n`)
    else if (end === 'done') write(api.closing(model, texts.join(''), used))
    else if (typeof end === 'object') write([api.errorEvent(end.error)])
    if (end !== 'cut' && end !== 'hang') response.end()
  }
}

/** An error as SDKs throw it: with the status, the headers and what the body says. */
export class ApiError extends Error {
  readonly status: number
  readonly headers: Headers
  readonly error: unknown

  constructor(status: number, headers: Headers, error: unknown) {
    super(`${status} ${JSON.stringify(error)}`)
    this.name = 'APIError'
    this.status = status
    this.headers = headers
    this.error = error
  }
}

export async function startProvider(replies: Record<string, Reply>) {
  const calls: string[] = []
  const bodies: Asked['body'][] = []
  const aborted: string[] = []
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(request.url ?? '')
    const body: Asked['body'] = JSON.parse(await readText(request))
    const api = providerApis.find((each) => each.path === path) ?? bareApi
    const model = String(body['model'] ?? path.slice(1))
    calls.push(model)
    bodies.push(body)
    response.on('close', () => response.writableEnded || aborted.push(model))
    const reply = replies[model] ?? failure(404)
    reply(response, { api, model, request, body })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`

  async function post(model: string, signal: AbortSignal): Promise<Response> {
    const url = `${origin}/${encodeURIComponent(model)}`
    const response = await fetch(url, { method: 'POST', body: '{}', signal })
    if (response.ok) return response
    const body: unknown = await response.json()
    throw new ApiError(response.status, response.headers, Reflect.get(Object(body), 'error'))
  }

  return {
    origin,
    calls,
    /** What each call asked for. */
    bodies,
    aborted,
    /** As `client.chat.completions.create()` of an SDK. */
    async create({ model, signal }: { readonly model: string; readonly signal: AbortSignal }) {
      const body: unknown = await (await post(model, signal)).json()
      return body as {
        readonly choices: readonly { readonly message: { readonly content: string } }[]
        readonly usage: object
      }
    },
    /** The same with `stream: true`. */
    async stream({ model, signal }: { readonly model: string; readonly signal: AbortSignal }) {
      const response = await post(model, signal)
      return new ChunkStream(response)
    },
    post,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export interface Chunk {
  readonly choices: readonly { readonly delta: { readonly content: string } }[]
  readonly usage?: object
}

/** As the stream of an SDK: iterable once, with more members than that. */
class ChunkStream implements AsyncIterable<Chunk> {
  readonly #response: Response

  constructor(response: Response) {
    this.#response = response
  }

  status(): number {
    return this.#response.status
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Chunk> {
    const decoder = new TextDecoder()
    let text = ''
    for await (const bytes of this.#response.body ?? []) {
      text += decoder.decode(bytes, { stream: true })
      const events = text.split('\n\n')
      text = events.pop() ?? ''
      for (const event of events) {
        const data = event.slice('data: '.length)
        if (data !== '[DONE]') yield JSON.parse(data) as Chunk
      }
    }
  }
}

export function textOf(chunk: Chunk): string {
  return chunk.choices[0]?.delta.content ?? ''
}
