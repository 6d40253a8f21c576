// The middleware that Anthropic's SDK has since version 1: it sees the request before a cloud's own form of it and its signature.
import type { ModelApi } from '../fetch/apis/model-api.ts'
import { type CallInput, callModel } from '../fetch/call-model.ts'
import { ProviderError } from '../fetch/provider-error.ts'
import { findRequest } from '../fetch/read-request.ts'

/** What is used of the SDK's context. */
interface Context {
  /** The same object in all tries of a call. */
  readonly options?: object | undefined
}

/** By structure, as no package of the SDK is imported. */
export type Middleware = <Request extends { url: string }, Response>(
  request: Request,
  next: (request: Request) => Promise<Response>,
  context: Context,
) => Promise<Response>

export function createMiddleware(input: CallInput, api: ModelApi): Middleware {
  const middleware = async (
    request: RequestInit & { url: string; headers: Headers },
    next: (request: RequestInit & { url: string }) => Promise<Response>,
    { options = {} }: Context,
  ): Promise<Response> => {
    const found = await findRequest([api], input.observedAs, request.url, request)
    if (found === undefined) return next(request)
    const { headers, signal } = request
    const call = { ...found, headers, signal: signal ?? undefined, repeats: options }
    try {
      return await callModel(input, call, (sent) => next({ ...request, ...sent }))
    } catch (error) {
      if (error instanceof ProviderError) return error.response
      throw error
    }
  }
  return middleware as unknown as Middleware
}
