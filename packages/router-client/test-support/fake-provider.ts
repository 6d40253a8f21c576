// A provider's API on a real socket: answers as the test says, in the shapes of OpenAI's chat completions.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What one model answers. */
export type Reply = (response: ServerResponse, request: IncomingMessage) => void

export const completion = (text: string, usage?: object): Reply =>
  json(200, {
    ...{ id: 'chatcmpl-1', object: 'chat.completion', model: 'any' },
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: usage ?? { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  })

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
}

export const failure = (
  status: number,
  error: object = { message: 'no' },
  headers: Record<string, string> = {},
): Reply => json(status, { error }, headers)

/** Never answers. */
export const silence: Reply = () => undefined

/** Server-sent events: each a text of the answer. Then ends as `end` says. */
export function eventStream(
  texts: readonly string[],
  end: 'done' | 'cut' | 'hang' = 'done',
): Reply {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    for (const content of texts) {
      response.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`)
    }
    if (end === 'cut') setTimeout(() => response.destroy(), 20)
    if (end === 'done') {
      response.write(
        `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } })}\n\n`,
      )
      response.end('data: [DONE]\n\n')
    }
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
  const aborted: string[] = []
  const server = createServer((request, response) => {
    const model = decodeURIComponent((request.url ?? '').slice(1))
    calls.push(model)
    response.on('close', () => response.writableEnded || aborted.push(model))
    const reply = replies[model]
    if (reply === undefined) response.writeHead(404).end('{}')
    else reply(response, request)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  async function post(model: string, signal: AbortSignal): Promise<Response> {
    const url = `http://127.0.0.1:${port}/${encodeURIComponent(model)}`
    const response = await fetch(url, { method: 'POST', body: '{}', signal })
    if (response.ok) return response
    const body: unknown = await response.json()
    throw new ApiError(response.status, response.headers, Reflect.get(Object(body), 'error'))
  }

  return {
    calls,
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
