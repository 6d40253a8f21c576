// Finds out whether a request of an SDK names a task type, without changing one that does not.
import { isRecord, parseJson } from '../runtime/unknown-value.ts'
import type { Fields, ModelApi } from './apis/model-api.ts'

const PREFIX = 'winrate/'

/** A request that names a task type in place of a model. */
export interface FoundRequest {
  readonly api: ModelApi
  readonly taskType: string
  readonly body: Fields
  /** The body as it came. */
  readonly text: string
}

export async function findRequest(
  apis: readonly ModelApi[],
  input: Parameters<typeof fetch>[0],
  init: RequestInit | undefined,
): Promise<FoundRequest | undefined> {
  const request = input instanceof Request ? input : undefined
  const method = init?.method ?? request?.method ?? 'GET'
  const { pathname } = new URL(request?.url ?? String(input), 'http://localhost')
  const api = apis.find(({ path }) => pathname.endsWith(path))
  if (api === undefined || method.toUpperCase() !== 'POST') return undefined
  const text = init?.body == null ? await textOfRequest(request) : await textOfBody(init.body)
  return text === undefined ? undefined : readBody(api, text)
}

export function readBody(api: ModelApi, text: string): FoundRequest | undefined {
  // Most other requests need no parsing.
  if (!text.includes(PREFIX.slice(0, -1))) return undefined
  const body = parseJson(text)
  if (!isRecord(body)) return undefined
  const { model } = body
  if (typeof model !== 'string' || !model.startsWith(PREFIX)) return undefined
  return { api, taskType: model.slice(PREFIX.length), body, text }
}

/** Its body stays readable. */
async function textOfRequest(request: Request | undefined): Promise<string | undefined> {
  return request === undefined || request.bodyUsed ? undefined : request.clone().text()
}

/** Undefined for forms, which hold no model, and for streams, which can be read once. */
async function textOfBody(body: unknown): Promise<string | undefined> {
  if (typeof body === 'string') return body
  if (body instanceof Blob) return body.text()
  const isBytes = body instanceof ArrayBuffer || ArrayBuffer.isView(body)
  return isBytes ? new TextDecoder().decode(body as Uint8Array) : undefined
}
