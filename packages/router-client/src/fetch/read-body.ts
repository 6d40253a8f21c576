// Reads what a provider answers, as far as a verdict needs it, and builds the answer again for its caller.
const MOST_BYTES_READ = 1_048_576

export interface ReadBody {
  /** Undefined where it is longer than is read. */
  readonly text: string | undefined
  /** The same answer as it came, with its whole body. */
  readonly response: Response
}

export async function readBody(response: Response): Promise<ReadBody> {
  const reader = response.body?.getReader()
  if (reader === undefined) return { text: '', response }
  const chunks: Uint8Array[] = []
  let bytes = 0
  while (bytes <= MOST_BYTES_READ) {
    const { done, value } = await reader.read()
    if (done) {
      const whole = joined(chunks)
      return { text: new TextDecoder().decode(whole), response: withBody(response, whole) }
    }
    chunks.push(value)
    bytes += value.length
  }
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = chunks.shift() ?? (await reader.read()).value
        if (next === undefined) controller.close()
        else controller.enqueue(next)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  return { text: undefined, response: withBody(response, body) }
}

/** The same answer with another body, and with more headers. The address of it cannot be given to a constructor. */
export function withBody(
  response: Response,
  body: ConstructorParameters<typeof Response>[0],
  more: Readonly<Record<string, string>> = {},
): Response {
  const { status, statusText, url } = response
  const headers = new Headers(response.headers)
  for (const [name, value] of Object.entries(more)) headers.set(name, value)
  const built = new Response(body, { status, statusText, headers })
  return Object.defineProperty(built, 'url', { value: url })
}

export function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}
