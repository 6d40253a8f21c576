// Finds out whether a request of an SDK names a task type, without changing one that does not.
import { isRecord, parseJson } from '../runtime/unknown-value.ts'
import type { Fields, ModelApi } from './apis/model-api.ts'

const PREFIX = 'winrate/'

/** A request that names a task type in place of a model. */
export interface FoundRequest {
  readonly api: ModelApi
  readonly taskType: string
  /** The provider's model that the request names, where it is only observed. */
  readonly observed: string | undefined
  readonly body: Fields
  /** The body as it came. */
  readonly text: string
}

export async function findRequest(
  apis: readonly ModelApi[],
  observedAs: string | undefined,
  input: Parameters<typeof fetch>[0],
  init: RequestInit | undefined,
): Promise<FoundRequest | undefined> {
  const request = input instanceof Request ? input : undefined
  const method = init?.method ?? request?.method ?? 'GET'
  const { pathname } = new URL(request?.url ?? String(input), 'http://localhost')
  const api = apis.find(({ path }) => pathname.endsWith(path))
  if (api === undefined || method.toUpperCase() !== 'POST') return undefined
  const text = init?.body == null ? await textOfRequest(request) : await textOfBody(init.body)
  return text === undefined ? undefined : readBody(api, text, observedAs)
}

/** @param observedAs The task type of requests that name a model; undefined where they go on untouched. */
export function readBody(
  api: ModelApi,
  text: string,
  observedAs?: string,
): FoundRequest | undefined {
  // Most other requests need no parsing.
  if (observedAs === undefined && !text.includes(PREFIX.slice(0, -1))) return undefined
  const body = parseJson(text)
  if (!isRecord(body)) return undefined
  const { model } = body
  if (typeof model !== 'string') return undefined
  if (model.startsWith(PREFIX)) {
    return { api, taskType: model.slice(PREFIX.length), observed: undefined, body, text }
  }
  return observedAs === undefined
    ? undefined
    : { api, taskType: observedAs, observed: model, body, text }
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
