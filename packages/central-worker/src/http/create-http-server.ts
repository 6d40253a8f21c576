// The HTTP side of a worker. Guarantee: `stop` ends within the deadline, after a goodbye to every stream and
// a response to every request that was being handled.
import { lookup } from 'node:dns/promises'
import type { RequestListener } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { uuidV7 } from '@winrate/shared-schema/contracts'
import type { TokenBook } from '../tokens/token-book.ts'
import { addFeedbackRoutes, type FeedbackOptions, noFeedback } from './feedback/feedback-routes.ts'
import type { PageFiles } from './page/page-files.ts'
import { addPageRoutes } from './page/page-routes.ts'
import { type AdminDependencies, addAdminRoutes } from './routes/admin-routes.ts'
import { addExperimentRoutes, type ExperimentDependencies } from './routes/experiment-routes.ts'
import { addHealthRoutes, type HealthDependencies } from './routes/health-routes.ts'
import { addOutcomeRoutes } from './routes/outcome-routes.ts'
import { addProjectRoutes, type ProjectDependencies } from './routes/project-routes.ts'
import type { PublishDependencies } from './routes/publish.ts'
import { addReadingRoutes, type ReadingDependencies } from './routes/reading-routes.ts'
import { addSnapshotRoutes, type SnapshotDependencies } from './routes/snapshot-routes.ts'
import { addStateRoutes, type StateDependencies } from './routes/state-routes.ts'
import { addTokenRoutes, type TokenDependencies } from './routes/token-routes.ts'
import { addWhoamiRoutes } from './routes/whoami-routes.ts'
import { createBearerAuth, type Tokens } from './server/bearer-auth.ts'
import {
  buildHttpApp,
  type HttpAppDependencies,
  type HttpAppOptions,
  type HttpLogger,
} from './server/build-http-app.ts'
import { chooseProject, type HandlerOf } from './server/choose-project.ts'
import type { HttpApp } from './server/http-app.ts'
import { addOpenapi, addOpenapiRoutes, type Endpoint } from './server/openapi.ts'

export interface HttpConfig extends Omit<HttpAppOptions, 'page'> {
  readonly tokens: Tokens
  /** Whether no scope is open, also where the environment has no token for it. Default false. */
  readonly requireTokens?: boolean
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** What happens where `port` is taken: `fail` (the default), or `any` free port with a warning. */
  readonly portTaken?: 'fail' | 'any'
  /** Version of the worker, as the documents name it. */
  readonly version: string
  /** Names this replica in the batches that it seals for producers of bare outcomes. */
  readonly instanceId: string
  /** Default: no feedback is taken. */
  readonly feedback?: FeedbackOptions
  /** The files of the dashboard. Default: there is none. */
  readonly page?: PageFiles | undefined
  /** How long `stop` lets requests and streams end by themselves. Default 5,000. */
  readonly stopDeadlineMs?: number
}

export interface HttpAppParts {
  readonly config: Omit<HttpConfig, 'host' | 'port'>
  readonly dependencies: HttpDependencies
  readonly logger: HttpLogger
}

export interface HttpDependencies
  extends SnapshotDependencies,
    PublishDependencies,
    ReadingDependencies,
    StateDependencies,
    ExperimentDependencies,
    HealthDependencies,
    AdminDependencies,
    TokenDependencies,
    Omit<HttpAppDependencies, 'logger' | 'auth'> {
  /** Changes the projects. Default: nobody does, here. */
  readonly projects?: ProjectDependencies['projects']
  /** Which tokens the database has. */
  readonly tokenBook: Pick<TokenBook, 'find' | 'watch'>
  /** Sends every stream a goodbye and accepts no new ones. */
  readonly closeStreams: () => void
}

export type BoundAddress = ReturnType<typeof addressOf>
export type HttpServer = ReturnType<typeof createHttpServer>

interface HttpServerParts extends HttpAppParts {
  readonly config: HttpConfig
  /** What serves the other projects. Default: there are none. */
  readonly handlerOf?: HandlerOf
}

/** What answers the requests of one project, without a port of its own. */
export function createHttpApp(
  { config, dependencies, logger }: HttpAppParts,
  { isStopping = () => false }: { readonly isStopping?: () => boolean } = {},
): HttpApp {
  const auth = createBearerAuth(config.tokens, dependencies.tokenBook, config)
  const app = buildHttpApp(
    { ...config, page: config.page && 'ui/' },
    { ...dependencies, logger, auth },
  )
  addRoutes(app, config, dependencies, isStopping)
  return app
}

export function createHttpServer({ config, dependencies, logger, handlerOf }: HttpServerParts) {
  let stopping: Promise<void> | undefined
  let listening: Promise<BoundAddress> | undefined
  const wrap = (own: RequestListener) =>
    handlerOf === undefined ? own : chooseProject(own, handlerOf, dependencies.tokenBook)
  const app = createHttpApp(
    { config, dependencies: { ...dependencies, wrap }, logger },
    { isStopping: () => stopping !== undefined },
  )
  return {
    /** Listens. Idempotent. Rejects where it cannot, with the system's code (EADDRINUSE and the like). */
    start(): Promise<BoundAddress> {
      listening ??= listen(app, config, logger)
      return listening
    },
    /** Ends streams and requests, at the latest after the deadline. Idempotent. */
    stop(): Promise<void> {
      stopping ??= close(app, config.stopDeadlineMs ?? 5_000, dependencies.closeStreams)
      return stopping
    },
  }
}

function addRoutes(
  app: HttpApp,
  { version, instanceId, feedback = noFeedback, page }: HttpAppParts['config'],
  dependencies: HttpDependencies,
  isStopping: () => boolean,
): void {
  const { nowMs } = dependencies
  const newId = () => uuidV7(nowMs())
  const sdk = `winrate-central-worker/${version}`
  const seal = { instanceId, sessionId: newId(), sdk, nowMs, newId }
  const endpoints: Endpoint[] = []
  app.addHook('onRoute', ({ method, url, schema }) => {
    if (method === 'HEAD' || method === 'OPTIONS' || schema?.hide === true) return
    endpoints.push({
      method: String(method),
      path: url.replace(/:(\w+)/g, '{$1}'),
      summary: schema?.summary ?? '',
    })
  })
  addOpenapi(app, version)
  app.register(async (routes: HttpApp) => {
    addSnapshotRoutes(routes, dependencies)
    addOutcomeRoutes(routes, { ...dependencies, seal })
    addFeedbackRoutes(routes, { ...dependencies, feedback, seal })
    addReadingRoutes(routes, dependencies)
    addStateRoutes(routes, dependencies)
    addExperimentRoutes(routes, dependencies)
    addWhoamiRoutes(routes, {
      takesFeedback: feedback.secrets.length > 0,
      limits: dependencies.limits.ofProject,
    })
    addTokenRoutes(routes, dependencies)
    const { projects, tokens } = dependencies
    if (projects !== undefined) addProjectRoutes(routes, { projects, tokens })
    addHealthRoutes(routes, { ...dependencies, isStopping })
    addAdminRoutes(routes, dependencies)
    if (page !== undefined) addPageRoutes(routes, page)
    addOpenapiRoutes(routes, { version, endpoints })
  })
}

/** After a replica is lost its whole fleet connects at once. The system's own limit still applies. */
const BACKLOG = 4_096

async function listen(app: HttpApp, config: HttpConfig, logger: HttpLogger): Promise<BoundAddress> {
  const { host, port } = config
  try {
    await app.listen({ host, port, backlog: BACKLOG })
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    if (config.portTaken !== 'any' || !isTaken) throw error
    await app.listen({ host, port: 0, backlog: BACKLOG })
    logger.warn({ host, port }, 'http-port-taken')
  }
  const address = addressOf(app.server.address())
  if (host === 'localhost') await listenBeside(app, address)
  logger.info(address, 'http-listening')
  return address
}

/** Where `localhost` is an address of IPv4 and one of IPv6, clients try either. */
async function listenBeside(app: HttpApp, { host, port }: { host: string; port: number }) {
  const addresses = await lookup('localhost', { all: true })
  for (const { address } of addresses.filter((each) => each.address !== host)) {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    server.on('connection', (socket) => app.server.emit('connection', socket))
    // The machine may not have the address; then nobody can try it.
    server.on('error', () => {})
    server.listen({ host: address, port, backlog: BACKLOG })
    app.server.on('close', () => server.close())
  }
}

function addressOf(address: AddressInfo | string | null) {
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const { address: host, port, family } = address
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  const url = `http://${family === 'IPv6' ? `[${reachable}]` : reachable}:${port}`
  return { host, port, /** Where a client on this machine finds the server. */ url }
}

async function close(app: HttpApp, deadlineMs: number, closeStreams: () => void): Promise<void> {
  closeStreams()
  const deadline = setTimeout(() => app.server.closeAllConnections(), deadlineMs)
  await app.close().finally(() => clearTimeout(deadline))
}
