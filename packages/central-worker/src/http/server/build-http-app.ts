// The Fastify instance with everything that applies to all routes: authorization, reading of bodies, error
// responses, metrics and log.
import { limits } from '@winrate/shared-schema/contracts'
import { type FastifyError, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { Counter, type Registry } from 'prom-client'
import { type BearerAuth, createBearerAuth, type Tokens } from './bearer-auth.ts'
import type { HttpApp } from './http-app.ts'
import { answerClientError, HttpError, refusal, toHttpError, unavailable } from './http-error.ts'

export interface HttpAppOptions {
  readonly tokens: Tokens
  /** How long a whole request may take to arrive. Default 30,000. */
  readonly requestTimeoutMs?: number
  /** How long the headers of a request may take to arrive. Default 10,000. */
  readonly headersTimeoutMs?: number
  /** How long a request that has arrived may wait. Default 8,000: router-client waits longer. */
  readonly handlerTimeoutMs?: number
}

export interface HttpAppDependencies {
  readonly registry: Registry
  /** Whether an error that a dependency threw means that the database is unavailable. */
  readonly isUnavailable: (error: unknown) => boolean
  readonly logger: HttpLogger
  readonly nowMs: () => number
}

export type HttpLogger = Record<
  'debug' | 'info' | 'warn' | 'error',
  (fields: object, message: string) => void
>

export function buildHttpApp(options: HttpAppOptions, dependencies: HttpAppDependencies): HttpApp {
  const answerError = createErrorHandler(dependencies)
  const app = fastify({
    logger: false,
    bodyLimit: limits.batchBytes,
    requestTimeout: options.requestTimeoutMs ?? 30_000,
    http: {
      headersTimeout: options.headersTimeoutMs ?? 10_000,
      connectionsCheckingInterval: 2_000,
    },
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
  readJsonBodies(app)
  countRequests(app, dependencies)
  authorizeRequests(app, createBearerAuth(options.tokens))
  limitHandlers(app, options.handlerTimeoutMs ?? 8_000)
  return app
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

function readJsonBodies(app: HttpApp): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // A POST that needs no body may still say that it is JSON.
    if (body.length === 0) done(null, undefined)
    else void parse(request, String(body), done)
  })
}

function authorizeRequests(app: HttpApp, auth: BearerAuth): void {
  app.addHook('onRoute', ({ url, config }) => {
    if (config?.scope === undefined) throw new Error(`the route ${url} says no scope`)
  })
  app.addHook('onRequest', async (request) => {
    const { scope } = request.routeOptions.config
    if (scope === undefined || scope === 'open') return
    if (auth.isOpen(scope)) refuseOtherOrigins(request)
    auth.authorize(scope, request.headers.authorization)
  })
}

// Without tokens, any page in a browser on this machine could change something.
function refuseOtherOrigins(request: FastifyRequest): void {
  const { origin, host } = request.headers
  if (request.method === 'GET' || origin === undefined) return
  if (URL.canParse(origin) && new URL(origin).host === host) return
  throw new HttpError(403, {
    code: 'other-origin',
    message: 'Pages of other origins may not change anything here.',
  })
}

// Fastify's own handlerTimeout only covers reading the body.
function limitHandlers(app: HttpApp, timeoutMs: number): void {
  app.addHook('preHandler', async (_request, reply) => {
    const timer = setTimeout(() => {
      if (reply.sent) return
      // Whether the request took effect is unknown.
      const message = 'The database took too long. Try again.'
      reply.send(unavailable({ code: 'timeout', message }))
    }, timeoutMs)
    reply.raw.on('close', () => clearTimeout(timer))
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
