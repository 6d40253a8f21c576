import { isRecord, parseJson } from '../runtime/unknown-value.ts'
import type { Fields } from './apis/model-api.ts'
import { readBody } from './read-body.ts'

export interface Told {
  readonly response: Response
  readonly name?: string | undefined
  readonly status?: number | undefined
  readonly error?: unknown
  readonly code?: string | undefined
}

/** What a provider answered instead of an answer: for the router an error as SDKs throw it, for the caller the response. */
export class ProviderError extends Error {
  override readonly name: string
  readonly status: number | undefined
  readonly headers: Headers
  /** What its body says. */
  readonly error: unknown
  readonly code: string | undefined
  readonly response: Response

  constructor(message: string, told: Told) {
    super(message)
    this.name = told.name ?? 'ProviderError'
    this.status = told.status
    this.error = told.error
    this.code = told.code
    this.response = told.response
    this.headers = told.response.headers
  }
}

/** Of a response that is not ok. */
export async function refusal(given: Response): Promise<ProviderError> {
  const { text = '', response } = await readBody(given)
  const { status } = response
  const body = parseJson(text)
  const told = isRecord(body) ? (body['error'] ?? body) : text
  return new ProviderError(`the provider answered with ${status}`, {
    ...{ status, response },
    error: typeof told === 'string' ? { message: told } : told,
  })
}

/** Some proxies tell an error with status 200, and so does a response of OpenAI that failed. */
export function failureOf(body: Fields, response: Response): ProviderError | undefined {
  const { error } = body
  if (!error) return undefined
  return new ProviderError('the provider answered with an error', { error, response })
}

/** Of text where JSON was due. */
export function notJson(response: Response): ProviderError {
  return new ProviderError('the provider answered with no JSON', { name: 'SyntaxError', response })
}
