// What the experiment says: for the command, for GET /v1/experiment and for the page.
import type { CatalogueEntry } from '@winrate/shared-schema/contracts'
import type { ExperimentBody } from '@winrate/shared-schema/http'
import { policyKinds } from '@winrate/shared-schema/scoring'
import { type Queryable, readDatabaseMs } from '../postgres/queryable.ts'
import { createNaming } from '../window/create-naming.ts'
import { type ArmComparison, columnsOf, compareArms } from './compare-arms.ts'
import { daysWithoutExperiment } from './daily-evaluation.ts'
import { mergeDays, savingsByExperiment, type ToldDay, totalDays } from './daily-savings.ts'
import { describeComparison, findProblem, likelyDaysLeft } from './describe-comparison.ts'
import { type Experiment, readExperiment } from './holdout.ts'
import { countTaskTypes, OTHER_TASK_TYPES, readBucketSums, readDaySums } from './read-sums.ts'

const DAYS = 30
const DAY_MS = 86_400_000

export interface ComparisonSettings {
  readonly catalogue?: readonly CatalogueEntry[] | undefined
  /** What days without an experiment are compared with, where the experiment's baseline is no model. */
  readonly baselineModel?: string | undefined
}

/** @param describe What tells of days without an experiment: it reads all rollups of 30 days. */
export async function readComparison(
  queryable: Queryable,
  settings: ComparisonSettings,
  describe = () => describeDays(queryable, settings),
): Promise<ExperimentBody> {
  const experiment = (await readExperiment(queryable)) ?? null
  const rows = experiment === null ? [] : await readBucketSums(queryable, experiment)
  const byTaskType = columnsOf(rows)
  const comparison = compareArms(byTaskType)
  const taskTypes = [...byTaskType]
    .filter(([taskType]) => taskType !== OTHER_TASK_TYPES)
    .map(([taskType, columns]) => ({
      taskType,
      ...compareArms(new Map([[taskType, columns]])),
    }))
    .sort((one, other) => decisionsOf(other) - decisionsOf(one))
  const all = experiment === null ? 0 : await countTaskTypes(queryable, experiment)
  const sums = experiment === null ? [] : await readDaySums(queryable, experiment, DAYS)
  const problem = findProblem(experiment, comparison)
  const daysSoFar = experiment === null ? 0 : await lasted(queryable, experiment)
  const daysLeft =
    experiment === null || experiment.until !== null ? null : likelyDaysLeft(comparison, daysSoFar)
  const days = mergeDays(savingsByExperiment(sums, byTaskType), await describe())
  return {
    ...{ experiment, problem, ...comparison, taskTypes },
    ...(all > taskTypes.length && { moreTaskTypes: all - taskTypes.length }),
    days: days.map(({ costError: _, ...day }) => day),
    totals: [...totalDays(days)],
    sentence: describeComparison({ experiment, problem, comparison, daysLeft }),
    likelyDaysLeft: daysLeft,
  }
}

function decisionsOf({
  decisions: { holdout, learned },
}: Pick<ArmComparison, 'decisions'>): number {
  return holdout + learned
}

async function lasted(queryable: Queryable, { since, until }: Experiment): Promise<number> {
  const end = until === null ? await readDatabaseMs(queryable) : Date.parse(until)
  return Math.max(0, end - Date.parse(since)) / DAY_MS
}

/** What days cost, and what they would have cost at the baseline, without an experiment. */
export async function describeDays(
  queryable: Queryable,
  { catalogue, baselineModel }: ComparisonSettings,
): Promise<readonly ToldDay[]> {
  const experiment = await readExperiment(queryable)
  const isModel = experiment !== undefined && !policyKinds.includes(experiment.baseline)
  const model = isModel ? experiment.baseline : baselineModel
  if (model === undefined) return []
  const nameOf = createNaming(catalogue)
  const [provider, ...rest] = model.split('/')
  const name =
    provider === undefined || rest.length === 0
      ? { provider: 'unknown', modelName: model }
      : { provider, modelName: rest.join('/') }
  const baseline = nameOf(name).modelName
  return daysWithoutExperiment(queryable, { days: DAYS, baseline, nameOf })
}
