// Who leads at each task type, and how sure that is: what `explain` says of a plain request among the models with outcomes
// there, for all task types of one snapshot.
import {
  createExplainer,
  type Explainer,
  type OutlinedRequest,
} from '@winrate/router-client/testing'
import { formatSnapshotVersion, type SnapshotVersion } from '@winrate/shared-schema/contracts'
import {
  likeliestFirst,
  type StandingCandidate,
  type StandingsBody,
  type TaskStanding,
} from '@winrate/shared-schema/http'
import { runInSlices, type Steps } from '@winrate/shared-schema/steps'
import type { Queryable } from '../postgres/queryable.ts'
import { createSharedRead } from '../runtime/shared-read.ts'
import { findSnapshot, readHead } from '../snapshots/snapshot-store.ts'
import { describeCandidate } from './explain.ts'

/** Task types, those with the most outcomes, that an answer lists. */
const MOST_LISTED = 1_000
/** Of those, the first ones are compared that have so many models together: 100 models take some 30 ms. */
const MOST_COMPARED = 5_000
/** A task type takes at least as long as this many models. */
const LEAST_COUNTED = 10
/** Models that are compared at a task type: those with the most outcomes. */
const MOST_MODELS = 100

/** Standings that nobody has asked for so long are worked out for no further snapshot until somebody asks again. */
const ASKED_WITHIN_MS = 300_000

interface StandingsOptions {
  readonly windowDays: number
  /** Default: that of the process. */
  readonly nowMs?: () => number
  /** Default: 1,000. */
  readonly mostListed?: number
  /** Models, over all task types. Default: 5,000. */
  readonly mostCompared?: number
}

export interface StandingsReader {
  /** Worked out once for each version of the snapshot, whoever asks meanwhile. */
  read(): Promise<StandingsBody>
  /** Works them out for a new snapshot where somebody has asked in the last five minutes, so that a page waits for nothing. */
  prepare(): Promise<'prepared' | 'not asked for'>
}

export function createStandingsReader(
  queryable: Queryable,
  options: StandingsOptions,
): StandingsReader {
  const { nowMs = () => performance.now() } = options
  let known: { readonly version: string; readonly body: StandingsBody } | undefined
  let askedMs = Number.NEGATIVE_INFINITY
  const readShared = createSharedRead(
    async () => {
      const head = await readHead(queryable)
      const version = formatSnapshotVersion(head)
      if (known?.version !== version) {
        known = { version, body: await readStandings(queryable, head, options) }
      }
      return known.body
    },
    { keptMs: 0 },
  )
  return {
    read() {
      askedMs = nowMs()
      return readShared()
    },
    async prepare() {
      if (nowMs() - askedMs > ASKED_WITHIN_MS) return 'not asked for'
      await readShared()
      return 'prepared'
    },
  }
}

/** Leader and runner-up of each task type by one snapshot. Works in slices: a worker has outcomes to take in. */
export async function readStandings(
  queryable: Queryable,
  version: SnapshotVersion,
  { windowDays, mostListed = MOST_LISTED, mostCompared = MOST_COMPARED }: StandingsOptions,
): Promise<StandingsBody> {
  const snapshot = await findSnapshot(queryable, version)
  const tasks = await readTasks(queryable, mostListed)
  const explain = await createExplainer(snapshot)
  const taskTypes = await runInSlices(compareAll(tasks, explain, mostCompared))
  const [first] = tasks
  const more = (first?.taskTypes ?? 0) - tasks.length
  return {
    snapshotVersion: snapshot?.version ?? null,
    windowDays,
    samples: first?.allSamples ?? 0,
    successes: first?.allSuccesses ?? 0,
    taskTypes,
    ...(more > 0 && { more }),
  }
}

interface TaskRow {
  readonly taskType: string
  readonly samples: number
  readonly models: number
  readonly costPerSuccessUsd: number | null
  readonly candidates: readonly { readonly provider: string; readonly model: string }[]
  /** How many task types there are, with their outcomes. */
  readonly taskTypes: number
  readonly allSamples: number
  readonly allSuccesses: number
}

function* compareAll(
  tasks: readonly TaskRow[],
  explain: Explainer,
  mostCompared: number,
): Steps<TaskStanding[]> {
  const standings: TaskStanding[] = []
  let compared = 0
  for (const { taskType, samples, models, costPerSuccessUsd, candidates } of tasks) {
    compared += Math.max(LEAST_COUNTED, candidates.length)
    const told = compared <= mostCompared ? yield* explain(taskType, { candidates }) : undefined
    const [leader = null, runnerUp = null] = told === undefined ? [] : likeliest(told)
    standings.push({ taskType, samples, models, costPerSuccessUsd, leader, runnerUp })
    yield
  }
  return standings
}

/** Two of the allowed candidates. */
function likeliest({ candidates, inNumbers }: OutlinedRequest): readonly StandingCandidate[] {
  return likeliestFirst(candidates)
    .slice(0, 2)
    .map((candidate) => {
      const told = describeCandidate(inNumbers(candidate), candidate.chosen)
      const { provider, modelName, thinkingLevel, chance, chanceToBeBest, winRate } = told
      const { posterior, prior, costUsd, responseTimeMs } = told
      return {
        ...{ provider, modelName, thinkingLevel, chance, chanceToBeBest, winRate },
        ...{ posterior, prior, costUsd, responseTimeMs },
      }
    })
}

async function readTasks(queryable: Queryable, mostListed: number): Promise<readonly TaskRow[]> {
  const { rows } = await queryable.query<TaskRow>({
    name: 'read-standing-tasks',
    text: `
      with models as (
        select
          task_type,
          provider,
          model_name,
          sum(samples) as samples,
          sum(successes) as successes,
          sum(samples * avg_cost_usd) as cost_usd,
          sum(successes) filter (where avg_cost_usd is not null) as paid_successes,
          row_number() over (
            partition by task_type order by sum(samples) desc, model_name, provider
          ) as place
        from winrate.task_metrics
        group by task_type, provider, model_name
      )
      select
        task_type as "taskType",
        sum(samples)::float8 as samples,
        count(*)::float8 as models,
        (sum(cost_usd) / nullif(sum(paid_successes), 0))::float8 as "costPerSuccessUsd",
        json_agg(
          json_build_object('provider', provider, 'model', model_name)
          order by model_name collate "C", provider collate "C"
        ) filter (where place <= $2) as candidates,
        (count(*) over ())::float8 as "taskTypes",
        (sum(sum(samples)) over ())::float8 as "allSamples",
        (sum(sum(successes)) over ())::float8 as "allSuccesses"
      from models
      group by task_type
      order by sum(samples) desc, task_type
      limit $1`,
    values: [mostListed, MOST_MODELS],
  })
  return rows
}
