// What operators look at: metrics, instances, patterns, quarantines.
import {
  type ExplainRequest,
  type ExplanationBody,
  explainRequestSchema,
  explanationBodySchema,
  type InstancesBody,
  instancesBodySchema,
  type MetricsBody,
  type MetricsSeriesBody,
  metricsBodySchema,
  metricsSeriesBodySchema,
  type ObservedBody,
  observedBodySchema,
  type PatternsBody,
  patternsBodySchema,
  type QuarantinesBody,
  quarantinesBodySchema,
  type StandingsBody,
  standingsBodySchema,
} from '@winrate/shared-schema/http'
import { z } from 'zod'
import { type SeriesQuery, seriesQuerySchema } from '../../reading/read-metrics-series.ts'
import {
  type HistoryQuery,
  historyQuerySchema,
  type MetricsHistory,
  type MetricsQuery,
  metricsHistoryPointSchema,
  metricsQuerySchema,
} from '../../reading/read-task-metrics.ts'
import { describeRoute, type HttpApp } from '../server/http-app.ts'

export interface ReadingDependencies {
  readonly readMetrics: (query: MetricsQuery) => Promise<MetricsBody>
  readonly readMetricsHistory: (query: HistoryQuery) => Promise<MetricsHistory>
  readonly readMetricsSeries: (query: SeriesQuery) => Promise<MetricsSeriesBody>
  readonly explain: (request: ExplainRequest) => Promise<ExplanationBody>
  readonly readStandings: () => Promise<StandingsBody>
  readonly readInstances: () => Promise<InstancesBody>
  readonly readObserved: () => Promise<ObservedBody>
  readonly readPatterns: () => Promise<PatternsBody>
  readonly readQuarantines: () => Promise<QuarantinesBody>
}

/** Oldest point first; `more` counts the points before it that the answer leaves out. */
const historyBodySchema = z.object({
  taskType: z.string(),
  modelName: z.string(),
  hours: z.int(),
  points: z.array(metricsHistoryPointSchema),
  more: z.int().positive().optional(),
})

/** Answers may be megabytes long. */
const config = { scope: 'read', atOnce: 8 } as const

export function addReadingRoutes(app: HttpApp, dependencies: ReadingDependencies): void {
  app.get(
    '/v1/metrics',
    {
      config,
      schema: {
        ...describeRoute(
          'readMetrics',
          'Current win rates by task type and model',
          metricsBodySchema.describe('The metrics'),
        ),
        description:
          'A baseline adds savings: what routing spent against sending the same outcomes to that model, per task type and in total. They are over all models of the task types asked for, also where only one model is shown.',
        querystring: metricsQuerySchema,
      },
    },
    async ({ query }, reply) => reply.send(await dependencies.readMetrics(query)),
  )
  app.get(
    '/v1/metrics/history',
    {
      config,
      schema: {
        ...describeRoute(
          'readMetricsHistory',
          'How the win rates of a model at a task type changed',
          historyBodySchema.describe('The trend'),
        ),
        querystring: historyQuerySchema,
      },
    },
    async ({ query }, reply) => {
      const history = await dependencies.readMetricsHistory(query)
      const { taskType, model: modelName, hours } = query
      return reply.send({ taskType, modelName, hours, ...history })
    },
  )
  app.get(
    '/v1/metrics/series',
    {
      config,
      schema: {
        ...describeRoute(
          'readMetricsSeries',
          'What became of the calls of each model at a task type, or of one model, over time',
          metricsSeriesBodySchema.describe('The series'),
        ),
        description:
          'At most 200 buckets and 30 models; `others` sums the rest. Buckets are of whole hours; up to 12 hours back they are shorter where at most 100,000 outcomes lie there. What the last tick left out of quarantined instances is left out of every bucket.',
        querystring: seriesQuerySchema,
      },
    },
    async ({ query }, reply) => reply.send(await dependencies.readMetricsSeries(query)),
  )
  app.post(
    '/v1/explain',
    {
      config: { scope: 'read', atOnce: 2 },
      schema: {
        ...describeRoute(
          'explain',
          'Why a request is, or was, routed as it is',
          explanationBodySchema.describe('The explanation'),
        ),
        description:
          'Decides the request as router-client does, without outcomes of an instance of its own and outside of an experiment, and records nothing. A reference is explained by the snapshot that it names, while that is stored; what the reference does not say, such as constraints, can stand in `options`. 409 where it cannot be read. At most 200 candidates.',
        body: explainRequestSchema,
      },
    },
    async ({ body }, reply) => reply.send(await dependencies.explain(body)),
  )
  app.get(
    '/v1/instances',
    {
      config,
      schema: describeRoute(
        'readInstances',
        'Who sent outcomes, and what they dropped',
        instancesBodySchema.describe('The instances'),
      ),
    },
    async (_request, reply) => reply.send(await dependencies.readInstances()),
  )
  addAnalysisRoutes(app, dependencies)
  app.get(
    '/v1/quarantines',
    {
      config,
      schema: describeRoute(
        'readQuarantines',
        'What the last tick left out, why, and what operators have decided',
        quarantinesBodySchema.describe('The quarantines'),
      ),
    },
    async (_request, reply) => reply.send(await dependencies.readQuarantines()),
  )
}

function addAnalysisRoutes(app: HttpApp, dependencies: ReadingDependencies): void {
  app.get(
    '/v1/standings',
    {
      config,
      schema: {
        ...describeRoute(
          'readStandings',
          'Who leads at each task type, and how sure that is',
          standingsBodySchema.describe('The standings'),
        ),
        description:
          'What POST /v1/explain says of a plain request among the models with outcomes of the task type, 100 at most. The 1,000 task types with the most outcomes, of which the first ones are compared: until 5,000 models are, a task type counting as 10 at least. Worked out once for each snapshot.',
      },
    },
    async (_request, reply) => reply.send(await dependencies.readStandings()),
  )
  app.get(
    '/v1/patterns',
    {
      config,
      schema: {
        ...describeRoute(
          'readPatterns',
          'Which models gain where, which instances differ, which thinking levels pay',
          patternsBodySchema.describe('The patterns'),
        ),
        description:
          'Differences in percentage points, each with its 95 % interval. Rates of fewer than 10 samples take no part. `clear` is what stands out among all comparisons of a list: of those 5 % are expected to be chance (Benjamini and Hochberg).',
      },
    },
    async (_request, reply) => reply.send(await dependencies.readPatterns()),
  )
  app.get(
    '/v1/observed',
    {
      config,
      schema: {
        ...describeRoute(
          'readObserved',
          'What would have been chosen where applications only observe',
          observedBodySchema.describe('The comparison'),
        ),
        description:
          'Over the window. Success and cost are what is expected by the newest snapshot: nobody made the calls that would have been chosen.',
      },
    },
    async (_request, reply) => reply.send(await dependencies.readObserved()),
  )
}
