// The Fastify instance with everything that applies to all routes: limits, authorization, reading of bodies, error
// responses, metrics and log.
import type { RequestListener } from 'node:http'
import { limits } from '@winrate/shared-schema/contracts'
import { type FastifyError, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { Counter, type Registry } from 'prom-client'
import type { BearerAuth } from './bearer-auth.ts'
import { checkHost } from './check-host.ts'
import { createPacedServer } from './connections.ts'
import type { HttpApp } from './http-app.ts'
import { answerClientError, refusal, toHttpError, unavailable } from './http-error.ts'
import { readBodies } from './read-bodies.ts'
import { namesHtml } from './request-headers.ts'
import { tagEntities } from './tag-entities.ts'
import { createTurns, type Turns } from './turns.ts'
import { limitWork } from './work-limit.ts'

const MAX_HELD_BYTES = 64 * 1024 * 1024

export interface HttpAppOptions {
  /** Names in Host, besides this machine's own, that need no token where a scope has none. In lower case. */
  readonly allowedHosts?: readonly string[]
  /** Connections at once; beyond that, the one that has been idle for longest is closed. Default 41,000. */
  readonly maxConnections?: number
  /** Bytes that were read from all connections and cannot be parsed yet. Default 64 MiB. */
  readonly maxHeldBytes?: number
  /** How long a body may arrive before it can be cut for another. Default 2,000. */
  readonly bodyGraceMs?: number
  /** How long a whole request may take to arrive. Default 30,000. */
  readonly requestTimeoutMs?: number
  /** How long the headers of a request may take to arrive. Default 10,000. */
  readonly headersTimeoutMs?: number
  /** How long a request that has arrived may wait. Default 8,000: router-client waits longer. */
  readonly handlerTimeoutMs?: number
  /** How long a client may take to read an answer, streams excepted. Default 120,000. */
  readonly answerTimeoutMs?: number
  /** Whose requests it serves. Default: `default`. */
  readonly project?: string
  /** Where `/` leads browsers, relative to it; without one they get what others get. */
  readonly page?: string | undefined
}

export interface HttpAppDependencies {
  readonly auth: BearerAuth
  readonly registry: Registry
  /** Whether an error that a dependency threw means that the database is unavailable. */
  readonly isUnavailable: (error: unknown) => boolean
  readonly logger: HttpLogger
  readonly nowMs: () => number
  /** Shared by all that answer in one process. Default: its own. */
  readonly turns?: Turns
  /** Wraps what handles requests. Default: nothing. */
  readonly wrap?: (own: RequestListener) => RequestListener
}

export type HttpLogger = Record<
  'debug' | 'info' | 'warn' | 'error',
  (fields: object, message: string) => void
>

export function buildHttpApp(options: HttpAppOptions, dependencies: HttpAppDependencies): HttpApp {
  const answerError = createErrorHandler(dependencies)
  const { turns = createTurns(), wrap = (own) => own } = dependencies
  const app = fastify({
    logger: false,
    bodyLimit: limits.batchBytes,
    serverFactory: (handle) => createServer(wrap(handle), options, turns),
    routerOptions: { maxParamLength: 200 },
    // A HEAD of the stream would never end; routes that want HEAD say so.
    exposeHeadRoutes: false,
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: answerError,
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler<FastifyError>(answerError)
  app.setNotFoundHandler((request, reply) => answerError(refusal(404), request, reply))
  countRequests(app, dependencies)
  if (options.page !== undefined) welcomeBrowsers(app, options.page)
  authorizeRequests(app, dependencies.auth, options.allowedHosts ?? [])
  const whenOver = limitWork(app)
  readBodies(app, { turns, whenOver, graceMs: options.bodyGraceMs ?? 2_000 })
  limitHandlers(app, options)
  writeInTurns(app, turns)
  tagEntities(app)
  return app
}

/** How long a connection may be silent in both directions. */
const SILENCE_MS = 60_000

/** How long an idle connection is kept for the client's next request. */
const KEEP_ALIVE_MS = 72_000

function createServer(handle: RequestListener, options: HttpAppOptions, turns: Turns) {
  const { requestTimeoutMs = 30_000, headersTimeoutMs = 10_000, maxConnections = 41_000 } = options
  const server = createPacedServer(
    handle,
    {
      requestTimeout: requestTimeoutMs,
      headersTimeout: headersTimeoutMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: 2_000,
    },
    { maxConnections, maxHeldBytes: options.maxHeldBytes ?? MAX_HELD_BYTES },
    turns,
  )
  return server.setTimeout(SILENCE_MS)
}

// What a handler answers is written out as JSON at once.
function writeInTurns(app: HttpApp, turns: Turns): void {
  app.addHook('preSerialization', (request, _reply, payload, done) => {
    const { atOnce, scope } = request.routeOptions.config
    const units = scope === 'read' && atOnce !== undefined ? turns.wholeTurn : 1
    turns.run(units, () => done(null, payload))
  })
}

function createErrorHandler({ isUnavailable, logger }: HttpAppDependencies) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    const answer = toHttpError(error, isUnavailable)
    const fields = { route: routeOf(request), status: answer.status, err: answer.cause }
    if (answer.status === 500) logger.error(fields, 'request-failed')
    else if (answer.status > 500) logger.debug(fields, 'request-unavailable')
    reply
      .code(answer.status)
      .headers(answer.headers)
      .send({ code: answer.code, message: answer.message })
  }
}

// Before authorization: the page asks people for their token, and a browser alone cannot send one.
function welcomeBrowsers(app: HttpApp, page: string): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url !== '/' || !namesHtml(request.headers.accept)) return
    return reply.headers({ vary: 'accept', 'cache-control': 'no-store' }).redirect(page, 302)
  })
}

function authorizeRequests(app: HttpApp, auth: BearerAuth, allowedHosts: readonly string[]): void {
  app.decorateRequest('bearer')
  app.addHook('onRoute', ({ url, config }) => {
    if (config?.scope === undefined) throw new Error(`the route ${url} says no scope`)
  })
  app.addHook('onRequest', async (request) => {
    // What leads nowhere is refused before its body is read.
    if (request.is404) throw refusal(404)
    const { scope } = request.routeOptions.config
    const { authorization } = request.headers
    if (scope === undefined || scope === 'open') return
    request.bearer = await auth.authorize(scope, authorization)
    // Pages send feedback; they have the reference of a decision.
    if (!request.bearer.byToken && scope !== 'feedback') checkHost(request, allowedHosts)
  })
}

// Fastify's own handlerTimeout only covers reading the body.
function limitHandlers(
  app: HttpApp,
  { handlerTimeoutMs = 8_000, answerTimeoutMs = 120_000 }: HttpAppOptions,
): void {
  app.addHook('preHandler', async (request, reply) => {
    const { raw } = reply
    const { withinMs = handlerTimeoutMs } = request.routeOptions.config
    const handling = setTimeout(() => {
      if (reply.sent) return
      // Whether the request took effect is unknown.
      const message = 'The database took too long. Try again.'
      reply.send(unavailable({ code: 'timeout', message }))
    }, withinMs)
    // Streams have taken over their response and end themselves.
    const answering = setTimeout(() => {
      if (raw.writableEnded) raw.destroy()
    }, answerTimeoutMs)
    raw.on('close', () => {
      clearTimeout(handling)
      clearTimeout(answering)
    })
  })
}

function countRequests(app: HttpApp, { registry, logger, nowMs }: HttpAppDependencies): void {
  const requests = new Counter({
    name: 'winrate_http_requests_total',
    help: 'HTTP requests answered, by route and status, when they end; aborted: the client left before',
    labelNames: ['route', 'status'],
    registers: [registry],
  })
  app.addHook('onRequest', async (request, reply) => {
    const beganMs = nowMs()
    const { method } = request
    const { raw } = reply
    // `close` follows every response, and every client that disconnects before it has one.
    raw.on('close', () => {
      const route = routeOf(request)
      const status = raw.headersSent ? String(raw.statusCode) : 'aborted'
      requests.inc({ route, status })
      logger.debug({ method, route, status, durationMs: nowMs() - beganMs }, 'request-answered')
    })
  })
}

// The pattern, not the URL: clients choose URLs, and there is no limit to how many.
function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unknown'
}
