// The composition root: the project `default`, the projects beside it, and the address at which all of them answer.
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import {
  type BoundAddress,
  createHttpApp,
  createHttpServer,
  type HttpAppParts,
} from '../http/create-http-server.ts'
import { readPageFiles } from '../http/page/page-files.ts'
import { createTurns } from '../http/server/turns.ts'
import { joinMetrics } from '../observability/join-metrics.ts'
import { createPool } from '../postgres/create-pool.ts'
import { createProjectChanges } from '../projects/change-projects.ts'
import {
  DEFAULT_PROJECT,
  type ProjectPlace,
  referenceSecretOf,
  urlOfProject,
} from '../projects/project-names.ts'
import { createProjectService } from '../projects/project-service.ts'
import { readProjects } from '../projects/read-projects.ts'
import { packageVersion } from '../runtime/package-version.ts'
import { createExchangeService } from '../sharing/exchange-service.ts'
import { readTokens, storeTokenUses } from '../tokens/read-tokens.ts'
import { createTokenBook } from '../tokens/token-book.ts'
import { createTokenControl } from '../tokens/token-control.ts'
import { prepareSchema } from './prepare-schema.ts'
import { createProject } from './project.ts'

export interface WorkerOptions {
  readonly config: Config
  readonly connectionString: string
  readonly logger: Logger
  /** Called when a bug has ended a part: the process should end, too. */
  readonly onCrash: (error: unknown) => void
}

export interface Worker {
  /** Starts every part; resolves with the address on which HTTP listens. */
  start(): Promise<BoundAddress>
  /** Stops every part: the current batch is finished, streams get a goodbye. */
  stop(): Promise<void>
}

/** Wires a worker on a migrated database. */
export function createWorker({ config, connectionString, logger, onCrash }: WorkerOptions): Worker {
  const poolOf = (url: string, log: Logger) =>
    createPool({ connectionString: url, size: config.poolSize, logger: log })
  const pool = poolOf(connectionString, logger)
  const tokenBook = createTokenBook({
    readTokens: () => readTokens(pool),
    storeUses: (ids) => storeTokenUses(pool, ids),
    logger,
  })
  const shared = { tokenBook, tokens: createTokenControl(pool, tokenBook.forget), onCrash }
  const turns = createTurns()

  async function openProject(place: ProjectPlace) {
    const { name } = place
    const url = urlOfProject(connectionString, place, config.projectUrls)
    const log = logger.child({ project: name })
    const own = { ...config, fleet: name }
    await prepareSchema(own, url, log)
    const ownPool = poolOf(url, log)
    const project = createProject({
      ...{ ...shared, name, config: own, connectionString: url, logger: log },
      pool: ownPool,
    })
    const stop = async () => {
      await project.stop()
      await ownPool.end()
    }
    const app = createHttpApp({
      config: {
        ...httpOf(config),
        // Those of the environment are of the project `default`.
        ...{ project: name, tokens: {}, requireTokens: true },
        feedback: {
          ...config.feedback,
          secrets: config.feedback.secrets.map((secret) => referenceSecretOf(secret, name)),
        },
      },
      dependencies: { ...project.dependencies, turns },
      logger: log,
    })
    try {
      await app.ready()
      await project.start()
    } catch (error) {
      await stop()
      throw error
    }
    const { registry, dependencies } = project
    const { closeStreams } = dependencies
    return { name, pool: ownPool, registry, handle: app.routing, closeStreams, stop }
  }

  const main = createProject({
    ...{ ...shared, name: DEFAULT_PROJECT, config, connectionString, logger, pool },
  })
  const projects = createProjectService({
    readProjects: () => readProjects(pool),
    open: openProject,
    logger,
    onCrash,
  })
  const exchange = createExchangeService({
    projects: () =>
      projects.isComplete() ? [{ name: DEFAULT_PROJECT, pool }, ...projects.opened()] : undefined,
    intervalMs: config.aggregationIntervalMs,
    logger,
    onCrash,
  })
  const http = createHttpServer({
    config: {
      ...httpOf(config),
      page: config.ui ? readPageFiles() : undefined,
      host: config.host,
      port: config.port,
      portTaken: config.portIsDefault ? 'any' : 'fail',
    },
    dependencies: {
      ...main.dependencies,
      turns,
      projects: createProjectChanges({
        ...{ pool, connectionString, urls: config.projectUrls },
        ...{ referenceSecrets: config.feedback.secrets, logger },
      }),
      // The tokens of the environment are those of whoever runs the worker.
      exposeMetrics: ({ token }) =>
        joinMetrics(main.registry, token === undefined ? projects.opened() : []),
      closeStreams() {
        main.dependencies.closeStreams()
        for (const project of projects.opened()) project.closeStreams()
      },
    },
    handlerOf: (name) => projects.find(name)?.handle,
    logger,
  })
  return {
    async start() {
      await Promise.all([main.start(), tokenBook.start(), projects.start(), exchange.start()])
      return http.start()
    },
    async stop() {
      await Promise.all([http.stop(), main.stop(), tokenBook.stop(), exchange.stop()])
      await projects.stop()
      await pool.end()
    },
  }
}

/** What HTTP is told by the environment, whichever project it serves. */
function httpOf(config: Config): HttpAppParts['config'] {
  return {
    tokens: config.tokens,
    requireTokens: config.requireTokens,
    allowedHosts: config.allowedHosts,
    feedback: config.feedback,
    maxConnections: connectionsBeside(config.maxStreams),
    version: packageVersion,
    instanceId: `central-worker-${hostname()}`,
    stopDeadlineMs: config.shutdownTimeoutMs / 2,
  }
}

/** Each client has a stream and sends outcomes over another connection; operators need a few. */
function connectionsBeside(streams: number): number {
  return 2 * streams + 1_000
}
