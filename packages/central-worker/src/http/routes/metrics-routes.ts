import {
  type Instance,
  instancesBodySchema,
  type MetricsBody,
  metricsBodySchema,
} from '@winrate/shared-schema/contracts'
import { errorResponse, type HttpApp } from '../server/http-app.ts'
import {
  type MetricsFilter,
  type MetricsHistoryQuery,
  type MetricsPoint,
  metricsHistoryBodySchema,
  metricsHistoryQuerySchema,
  metricsQuerySchema,
} from './metrics-bodies.ts'

export interface MetricsDependencies {
  /** Current metrics of all cells that pass the filter, and savings against the baseline. */
  readonly readMetrics: (filter: MetricsFilter) => Promise<MetricsBody>
  /** How the cells of a task type and model changed, oldest first. */
  readonly readMetricsHistory: (query: MetricsHistoryQuery) => Promise<MetricsPoint[]>
  /** The instances that sent outcomes in the window. */
  readonly readInstances: () => Promise<Instance[]>
}

export function addMetricsRoutes(app: HttpApp, dependencies: MetricsDependencies): void {
  app.get(
    '/v1/metrics',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'readMetrics',
        summary: 'Current win rates by task type and model',
        description:
          'A baseline adds savings: what routing spent against sending the same outcomes to that model, per task type and in total. They are over all models of the task types asked for, also where only one model is shown.',
        querystring: metricsQuerySchema,
        response: { 200: metricsBodySchema.describe('The metrics'), ...errorResponse },
      },
    },
    async (request, reply) => reply.send(await dependencies.readMetrics(request.query)),
  )

  app.get(
    '/v1/metrics/history',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'readMetricsHistory',
        summary: 'How the win rates of a model at a task type changed',
        querystring: metricsHistoryQuerySchema,
        response: { 200: metricsHistoryBodySchema.describe('The trend'), ...errorResponse },
      },
    },
    async (request, reply) => {
      const { taskType, model, hours } = request.query
      const points = await dependencies.readMetricsHistory(request.query)
      return reply.send({ taskType, modelName: model, hours, points })
    },
  )

  app.get(
    '/v1/instances',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'readInstances',
        summary: 'Who sent outcomes, and what they dropped',
        response: { 200: instancesBodySchema.describe('The instances'), ...errorResponse },
      },
    },
    async (_request, reply) => reply.send({ instances: await dependencies.readInstances() }),
  )
}
