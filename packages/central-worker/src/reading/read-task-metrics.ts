import {
  byPath,
  type CatalogueEntry,
  limits,
  taskTypeSchema,
  UNKNOWN_PROVIDER,
} from '@winrate/shared-schema/contracts'
import {
  type LaterAttempts,
  type MetricsBody,
  type TaskMetrics,
  taskMetricsSchema,
} from '@winrate/shared-schema/http'
import { toZod } from '@winrate/shared-schema/zod'
import { z } from 'zod'
import { readLaterAttempts } from '../analysis/escalation/later-attempts.ts'
import { readDrawnWork } from '../analysis/savings/drawn-work.ts'
import { computeSavings } from '../analysis/savings/savings.ts'
import { readAvailability } from '../availability/read-availability.ts'
import { bestCellFirst } from '../cells/cell-ranking.ts'
import { readMissing } from '../missing/judge-missing.ts'
import { type ModelVerdicts, readVerdicts } from '../missing/read-verdicts.ts'
import type { Queryable } from '../postgres/queryable.ts'
import { createSharedRead } from '../runtime/shared-read.ts'
import { readHead, readLeftOutCells } from '../snapshots/snapshot-store.ts'
import { createNaming, type ModelNaming } from '../window/create-naming.ts'

type CurrentRow = Omit<TaskMetrics, 'updatedAt' | 'changedAt'> & {
  readonly changedAt: Date | null
  readonly updatedAt: Date
}

/** A cell as it was from a moment on. */
export const metricsHistoryPointSchema = taskMetricsSchema
  .omit({
    taskType: true,
    modelName: true,
    fadedEvidence: true,
    fadedReward: true,
    undrawnEvidence: true,
    undrawnReward: true,
    updatedAt: true,
  })
  .extend({
    /** null in points from before it was kept. */
    evidence: z.number().nullable(),
    /** null in points from before it was kept. */
    quarantinedSamples: z.int().nullable(),
    recordedAt: z.iso.datetime({ offset: true }),
  })

export type MetricsHistoryPoint = z.infer<typeof metricsHistoryPointSchema>

type HistoryRow = Omit<MetricsHistoryPoint, 'changedAt' | 'recordedAt'> & {
  readonly changedAt: Date | null
  readonly recordedAt: Date
  readonly all: number
}

export interface MetricsHistory {
  readonly points: MetricsHistoryPoint[]
  /** How many older points there are besides; missing where there are none. */
  readonly more?: number
}

const MOST_POINTS = 10_000

const columns = `
  provider,
  nullif(thinking_level, '') as "thinkingLevel",
  samples::float8 as samples,
  successes::float8 as successes,
  win_rate as "winRate",
  confidence,
  avg_quality as "avgQuality",
  avg_response_time_ms as "avgResponseTimeMs",
  avg_cost_usd as "avgCostUsd",
  case when samples > 0 then win_rate / nullif(avg_cost_usd, 0) end as "successesPerUsd",
  transport_failures::float8 as "transportFailures",
  instances,
  typical_response_time_ms as "typicalResponseTimeMs",
  typical_cost_usd as "typicalCostUsd",
  evidence,
  reward,
  changed_at as "changedAt",
  quarantined_samples::float8 as "quarantinedSamples"`

const taskType = toZod(taskTypeSchema)
/** A model by any of its names. */
const model = z.string().min(1).max(limits.modelNameChars)

export const metricsQuerySchema = z.object({
  taskType: taskType.optional(),
  model: model.optional().describe('Shows the cells of this model only'),
  baseline: model
    .optional()
    .describe('Compares costs with this model; without it, with the one that is configured'),
})

export const historyQuerySchema = z.object({
  taskType,
  model,
  /** How far back. */
  hours: z.coerce.number().int().min(1).max(2_160).default(24),
})

export type MetricsQuery = z.infer<typeof metricsQuerySchema>
export type HistoryQuery = z.infer<typeof historyQuerySchema>

/** What names models besides the built-in catalogue. */
interface NamedBy {
  readonly catalogue?: readonly CatalogueEntry[] | undefined
}

/** The name that a model's win rates are kept under, by any of its names. */
export function metricsName(modelName: string, nameOf: ModelNaming): string {
  return nameOf({ modelName, provider: UNKNOWN_PROVIDER }).modelName
}

interface MetricsOptions extends NamedBy {
  readonly windowDays: number
  readonly baselineModel?: string | undefined
  /** Default: sums up the window. */
  readonly laterAttempts?: () => Promise<readonly LaterAttempts[]>
}

/** `readMetrics` for many requests: what the whole window has to be summed up for is read once in `keptMs`. */
export function createMetricsReader(
  queryable: Queryable,
  options: MetricsOptions,
  { keptMs }: { readonly keptMs: number },
): (query: MetricsQuery) => Promise<MetricsBody> {
  const nameOf = createNaming(options.catalogue)
  const laterAttempts = createSharedRead(
    () => readLaterAttempts(queryable, options.windowDays, nameOf),
    { keptMs },
  )
  return (query) => readMetrics(queryable, { ...options, laterAttempts }, query)
}

/** Current metrics of the cells that pass the filters, and savings where there is a baseline. */
export async function readMetrics(
  queryable: Queryable,
  { windowDays, baselineModel, catalogue, laterAttempts: readLater }: MetricsOptions,
  { taskType, model: given, baseline = baselineModel }: MetricsQuery,
): Promise<MetricsBody> {
  const nameOf = createNaming(catalogue)
  const model = given && metricsName(given, nameOf)
  const [{ epoch, version }, leftOutCells, cells, missing, later, availability, judged] =
    await Promise.all([
      readHead(queryable),
      readLeftOutCells(queryable),
      readTaskMetrics(queryable, taskType),
      readMissing(queryable),
      readLater?.() ?? readLaterAttempts(queryable, windowDays, nameOf),
      readAvailability(queryable, nameOf),
      readVerdicts(queryable, windowDays, nameOf),
    ])
  const laterAttempts = later.filter((one) => taskType === undefined || one.taskType === taskType)
  const metrics = cells.filter(({ modelName }) => model === undefined || modelName === model)
  const savings =
    baseline === undefined
      ? {}
      : {
          savings: computeSavings(
            cells,
            metricsName(baseline, nameOf),
            await readDrawnWork(queryable, windowDays, nameOf),
          ),
        }
  const leftOut = leftOutCells === 0 ? {} : { leftOutCells }
  const lacking = missing
    .filter((one) => taskType === undefined || one.taskType === taskType)
    .map(({ leastFailures: _, instances: __, since, thinkingLevel, ...one }) => ({
      ...one,
      thinkingLevel: thinkingLevel || null,
      since: since.toISOString(),
    }))
  const verdicts = judged
    .filter((one) => taskType === undefined || one.taskType === taskType)
    .map(({ thinkingLevel, unequal, ...one }) => ({
      ...one,
      thinkingLevel: thinkingLevel || null,
      unequal: unequal === undefined ? null : tellUnequal(unequal),
    }))
  return {
    ...{ epoch, version, windowDays, metrics, ...leftOut, ...savings },
    ...(lacking.length > 0 && { missing: lacking }),
    ...(verdicts.length > 0 && { verdicts }),
    ...(laterAttempts.length > 0 && { laterAttempts }),
    ...(availability.length > 0 && { availability: [...availability] }),
  }
}

function tellUnequal({ relativeShare, z, since }: NonNullable<ModelVerdicts['unequal']>) {
  return { relativeShare, z, since: since.toISOString() }
}

/** Current metrics of all cells, or of one task type's, the best first within a task type; paths follow on what they lie in. */
export async function readTaskMetrics(
  queryable: Queryable,
  taskType?: string,
): Promise<TaskMetrics[]> {
  const { rows } = await queryable.query<CurrentRow>({
    name: 'read-task-metrics',
    text: `
      select
        task_type as "taskType",
        model_name as "modelName",
        ${columns},
        faded_evidence as "fadedEvidence",
        faded_reward as "fadedReward",
        undrawn_evidence as "undrawnEvidence",
        undrawn_reward as "undrawnReward",
        updated_at as "updatedAt"
      from winrate.task_metrics
      where $1::text is null or task_type = $1
      order by task_type, samples desc, model_name, provider, thinking_level`,
    values: [taskType ?? null],
  })
  const byTaskType = new Map<string, CurrentRow[]>()
  for (const row of rows) {
    const others = byTaskType.get(row.taskType)
    if (others === undefined) byTaskType.set(row.taskType, [row])
    else others.push(row)
  }
  return [...byTaskType]
    .sort(([one], [other]) => byPath(one, other))
    .flatMap(([, cells]) => cells.sort(bestCellFirst))
    .map((row) => ({
      ...row,
      changedAt: row.changedAt?.toISOString() ?? null,
      updatedAt: row.updatedAt.toISOString(),
    }))
}

/** How the cells of one task type and model changed in the last `hours`, oldest first: the newest points. */
export async function readMetricsHistory(
  queryable: Queryable,
  { taskType, model, hours }: HistoryQuery,
  { catalogue }: NamedBy = {},
): Promise<MetricsHistory> {
  const { rows } = await queryable.query<HistoryRow>({
    name: 'read-metrics-history',
    text: `
      select *
      from (
        select ${columns}, recorded_at as "recordedAt", count(*) over ()::float8 as all
        from winrate.task_metrics_history
        where task_type = $1 and model_name = $2 and recorded_at > now() - make_interval(hours => $3)
        order by recorded_at desc, provider desc, thinking_level desc
        limit $4
      ) as newest
      order by "recordedAt", provider, "thinkingLevel" nulls first`,
    values: [taskType, metricsName(model, createNaming(catalogue)), hours, MOST_POINTS],
  })
  const more = (rows[0]?.all ?? 0) - rows.length
  const points = rows.map(({ all: _, ...row }) => ({
    ...row,
    changedAt: row.changedAt?.toISOString() ?? null,
    recordedAt: row.recordedAt.toISOString(),
  }))
  return { points, ...(more > 0 && { more }) }
}
