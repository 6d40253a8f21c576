import { errorBodySchema } from '@winrate/shared-schema/contracts'
import { toZod } from '@winrate/shared-schema/zod'
import { Registry } from 'prom-client'
import { z } from 'zod'
import type { Check } from '../../observability/examine.ts'
import type { Bearer } from '../server/bearer-auth.ts'
import { describeRoute, errorResponse, type HttpApp } from '../server/http-app.ts'

export interface HealthDependencies {
  /** Checks each part that this replica needs to do its work. */
  readonly readiness: () => Promise<Check[]>
  /** The metrics that GET /metrics shows to whom, as Prometheus reads them. */
  readonly exposeMetrics: (to: Bearer) => Promise<string>
}

const checks = z.array(
  z.object({
    name: z.string(),
    ok: z.boolean(),
    detail: z.string().describe('What was found, and what to do where it is not ok'),
  }),
)
const aliveSchema = z.object({ status: z.literal('alive') }).describe('It is alive')
const readySchema = z.object({ status: z.literal('ready'), checks }).describe('It is ready')
const notReadySchema = toZod(errorBodySchema).extend({ checks }).describe('Some check fails')

export function addHealthRoutes(
  app: HttpApp,
  { readiness, exposeMetrics, isStopping }: HealthDependencies & { isStopping: () => boolean },
): void {
  app.get(
    '/healthz',
    {
      config: { scope: 'open' },
      exposeHeadRoute: true,
      schema: describeRoute('health', 'Whether the process is alive', aliveSchema),
    },
    async (_request, reply) => reply.send({ status: 'alive' }),
  )

  app.get(
    '/readyz',
    {
      config: { scope: 'open' },
      exposeHeadRoute: true,
      schema: {
        operationId: 'readiness',
        summary: 'Whether this replica can do its work',
        response: { 200: readySchema, 503: notReadySchema, ...errorResponse },
      },
    },
    async (_request, reply) => {
      const checks = isStopping() ? [stoppingCheck] : await readiness()
      const failed = checks.filter((check) => !check.ok).map((check) => check.name)
      if (failed.length === 0) return reply.send({ status: 'ready', checks })
      const message = `Not ready: ${failed.join(', ')}.`
      return reply.code(503).send({ code: 'not-ready', message, checks })
    },
  )

  app.get(
    '/metrics',
    {
      config: { scope: 'read', atOnce: 8 },
      schema: describeRoute(
        'operationalMetrics',
        'Metrics of this replica, in the text format of Prometheus',
        { description: 'The metrics', content: { 'text/plain': { schema: z.string() } } },
      ),
    },
    async ({ bearer }, reply) =>
      reply.type(Registry.PROMETHEUS_CONTENT_TYPE).send(await exposeMetrics(bearer)),
  )
}

const stoppingCheck = { name: 'running', ok: false, detail: 'This replica is stopping.' }
