// What operators look at besides win rates: whether all is well, and what happened.
import {
  type DeadLettersBody,
  deadLettersBodySchema,
  type EventsBody,
  eventsBodySchema,
  type PipelineSeriesBody,
  pipelineSeriesBodySchema,
  type SnapshotsBody,
  type StatusBody,
  snapshotsBodySchema,
  statusBodySchema,
} from '@winrate/shared-schema/http'
import { z } from 'zod'
import { type EventsQuery, eventsQuerySchema } from '../../events/read-events.ts'
import { MOST_REASONS } from '../../reading/read-dead-letters.ts'
import { type PipelineQuery, pipelineQuerySchema } from '../../reading/read-pipeline-series.ts'
import { type SnapshotsQuery, snapshotsQuerySchema } from '../../reading/read-snapshots.ts'
import { describeRoute, type HttpApp } from '../server/http-app.ts'

export interface StateDependencies {
  readonly readStatus: () => Promise<StatusBody>
  readonly readEvents: (query: EventsQuery) => Promise<EventsBody>
  readonly readSnapshots: (query: SnapshotsQuery) => Promise<SnapshotsBody>
  readonly readPipelineSeries: (query: PipelineQuery) => Promise<PipelineSeriesBody>
  readonly readDeadLetters: (query: { readonly limit: number }) => Promise<DeadLettersBody>
}

/** What a reader who has it already need not be told again. */
function statusWithoutTimes({ now: _, tick, ...status }: StatusBody): object {
  const { ageMs: _age, ...ticked } = tick
  return { ...status, tick: ticked }
}

const config = { scope: 'read', atOnce: 8 } as const

const limitOf = (most: number) => z.coerce.number().int().min(1).max(most).default(most)

export function addStateRoutes(app: HttpApp, dependencies: StateDependencies): void {
  app.get(
    '/v1/status',
    {
      config: { ...config, withoutTimes: statusWithoutTimes },
      schema: {
        ...describeRoute(
          'readStatus',
          'What is served, what waits, whether all is well, and by which settings',
          statusBodySchema.describe('The status'),
        ),
        description:
          'The facts of "npx winrate status --json", without the metrics. Read at most once in 2 seconds; its checks, and what the whole window is summed up for, once in half an aggregation interval. Its entity tag leaves out `now` and `tick.ageMs`, which change by themselves: with 304, work ages out from `tick.lastAt`.',
      },
    },
    async (_request, reply) => reply.send(await dependencies.readStatus()),
  )
  app.get(
    '/v1/events',
    {
      config,
      schema: {
        ...describeRoute(
          'readEvents',
          'What changed, the newest first',
          eventsBodySchema.describe('The events'),
        ),
        description:
          'Messages hold names that clients and operators chose: show them as text. Kept as long as outcomes.',
        querystring: eventsQuerySchema,
      },
    },
    async ({ query }, reply) => reply.send(await dependencies.readEvents(query)),
  )
  app.get(
    '/v1/snapshots',
    {
      config,
      schema: {
        ...describeRoute(
          'readSnapshots',
          'The versions of the present epoch, and which of them clients decide by',
          snapshotsBodySchema.describe('The versions'),
        ),
        description:
          'The newest first: one day is kept. `leaders` names task types whose best model differs from the version before. `clients` counts instances by the version that their newest outcome of the last 15 minutes was decided by.',
        querystring: snapshotsQuerySchema,
      },
    },
    async ({ query }, reply) => reply.send(await dependencies.readSnapshots(query)),
  )
  app.get(
    '/v1/pipeline/series',
    {
      config,
      schema: {
        ...describeRoute(
          'readPipelineSeries',
          'What all workers did with the queue over time',
          pipelineSeriesBodySchema.describe('The series'),
        ),
        description:
          'At most 200 buckets of whole minutes. Workers write every 10 seconds; null where none did. Kept as long as outcomes.',
        querystring: pipelineQuerySchema,
      },
    },
    async ({ query }, reply) => reply.send(await dependencies.readPipelineSeries(query)),
  )
  app.get(
    '/v1/dead-letters',
    {
      config,
      schema: {
        ...describeRoute(
          'readDeadLetters',
          'Why outcomes were rejected, and how many',
          deadLettersBodySchema.describe('The reasons'),
        ),
        description:
          'Samples show known fields only, each cut off, and neither prompts nor feedback. "npx winrate requeue REASON" puts all of a reason back.',
        querystring: z.object({ limit: limitOf(MOST_REASONS) }),
      },
    },
    async ({ query }, reply) => reply.send(await dependencies.readDeadLetters(query)),
  )
}
