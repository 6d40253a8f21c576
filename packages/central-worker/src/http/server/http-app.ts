import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorBodySchema } from '@winrate/shared-schema/contracts'
import { toZod } from '@winrate/shared-schema/zod'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Bearer, Scope } from './bearer-auth.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope whose tokens open the route: `any` for those of every scope. A route without a scope is not registered. */
    scope?: Scope | 'any' | 'open'
    /** How many requests of the route may be at work at once; the others get 503. Default: no limit. */
    atOnce?: number
    /** How long its handler may take. Default: `handlerTimeoutMs` of the server. */
    withinMs?: number
    /** A JSON answer without what changes by itself, such as an age: its entity tag rests on this. Default: on all of it. */
    withoutTimes?(body: Record<string, unknown>): object
  }
  interface FastifyRequest {
    /** Who asks; of a route whose scope is `open`, nobody. */
    bearer: Bearer
    /** Of a body that was read as JSON; 0 without one. */
    bodyBytes: number
  }
}

/** The server that routes are added to: validates and serializes by zod schemas. */
export type HttpApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>

/** Every response except success has this body. */
export const errorResponse = {
  default: toZod(errorBodySchema).describe('What is wrong, and what to do'),
}

/** The schema of a route: what it does, and its response where that works. */
export function describeRoute<Ok>(operationId: string, summary: string, ok: Ok) {
  return { operationId, summary, response: { 200: ok, ...errorResponse } }
}

/** Sends bytes as they are, without a serializer. */
export function sendReady<Reply>(
  reply: { send(body: unknown): Reply },
  bytes: Buffer | string,
): Reply {
  return reply.send(bytes)
}
