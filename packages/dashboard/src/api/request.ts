// Asks the worker that served this page, by an address relative to it: the page does not know which prefix a proxy adds.

/** What the worker answered instead of what was asked for; `status` 0 where nothing answered. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** The address of `v1/…` beside the folder that the page is in. */
export function apiUrl(path: string, page: string): string {
  return new URL(`../${path}`, page).href
}

export interface AskOptions {
  readonly token?: string | undefined
  /** Sent as JSON with POST. */
  readonly body?: unknown
  readonly method?: 'GET' | 'POST'
  readonly signal?: AbortSignal | undefined
}

/**
 * Sends one request. The type is that of `@winrate/shared-schema/http`: page and worker come from one build, so nothing
 * is parsed twice.
 *
 * @throws ApiError
 */
export async function ask<Body>(path: string, options: AskOptions = {}): Promise<Body> {
  const { token, body, method = body === undefined ? 'GET' : 'POST', signal } = options
  const init: RequestInit = {
    method,
    // With an ETag the browser asks whether its copy still holds.
    cache: 'no-cache',
    credentials: 'omit',
    headers: {
      accept: 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  }
  const response = await fetch(apiUrl(path, location.href), init).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, 'The worker does not answer. Is it running, and is the network there?')
  })
  if (!response.ok) throw new ApiError(response.status, await messageOf(response))
  return response.json()
}

async function messageOf(response: Response): Promise<string> {
  const text = await response.text().catch(() => '')
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body === 'object' && body !== null && 'message' in body) return String(body.message)
  } catch {
    // A proxy answered: what it says is no JSON.
  }
  return `The worker answered ${response.status} ${response.statusText}`.trim()
}
