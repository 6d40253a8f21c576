// Reads what a provider answers, as far as a verdict needs it, and builds the answer again for its caller.
const MOST_BYTES_PARSED = 1_048_576

export interface ReadBody {
  /** Undefined where it is too long to be parsed. */
  readonly text: string | undefined
  /** The same answer as it came, with its whole body. */
  readonly response: Response
}

/** Reads all of it, so that what breaks off, takes too long or is given up ends as part of its call. */
export async function readBody(response: Response): Promise<ReadBody> {
  if (response.body === null) return { text: '', response }
  const bytes = new Uint8Array(await response.arrayBuffer())
  const text = bytes.length > MOST_BYTES_PARSED ? undefined : new TextDecoder().decode(bytes)
  return { text, response: withBody(response, bytes) }
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
