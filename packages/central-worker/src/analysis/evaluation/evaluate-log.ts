// Evaluates policies on the stored outcomes: reads in one snapshot of the database, and never more than
// sums. Each part of the period is evaluated with policies made from the window before it, so that no
// policy is judged by an outcome that it learned from.
import { byPath, isWithin, type ModelName } from '@winrate/shared-schema/contracts'
import type pg from 'pg'
import { inTransaction } from '../../postgres/queryable.ts'
import { evaluatePolicies } from './evaluate-policies.ts'
import { readOutline, readQuarantined } from './log/judged-outcomes.ts'
import { readLearned } from './log/learned-outcomes.ts'
import { readTokens, typicalTokensIn } from './log/learned-tokens.ts'
import { readClusters, readLogged } from './log/logged-outcomes.ts'
import { type Assumptions, createExpectedResults } from './policy/expected-results.ts'
import type { TargetPolicy } from './policy/target-policy.ts'

export interface LogEvaluationOptions extends Omit<Assumptions, 'tokens'> {
  /** Beginning of the period; it ends with the newest outcome. */
  readonly from: Date
  /** How far back a policy learns from. */
  readonly windowDays: number
  /** Share of the reward that a reported quality decides. */
  readonly qualityWeight: number
  /** Only this one is evaluated; policies learn from all. */
  readonly taskType?: string | undefined
  readonly targets: readonly TargetPolicy[]
}

export type LogEvaluation = Awaited<ReturnType<typeof evaluateLog>>

/** More parts let policies learn in smaller steps, as they do; the cost grows with them. */
const PARTS = 10

export function evaluateLog(pool: pg.Pool, options: LogEvaluationOptions) {
  const { from, windowDays, qualityWeight, taskType, catalogue, targets } = options
  const rename = <Row extends ModelName>(row: Row): Row => ({ ...row, ...catalogue.nameOf(row) })
  return inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only')
    // Sorting what a big fleet logged in the usual 4 MB would go through files.
    await client.query(`set local work_mem = '64MB'`)
    const quarantined = await readQuarantined(client, catalogue.nameOf)
    const judging = { from, qualityWeight, quarantined }
    const { cuts, leftOut } = await readOutline(client, judging, { taskType, parts: PARTS })
    const starts = [from, ...cuts]
    const borders = bordersOf(starts, windowDays)
    const learned = (await readLearned(client, judging, borders)).map(rename)
    const told = await readTokens(client, { ...judging, nameOf: catalogue.nameOf }, borders)
    const parts = starts.map((start) => {
      const counts = segmentsBefore(start, windowDays, borders)
      const tokens = typicalTokensIn(told, counts)
      const before = learned.filter(({ segment }) => counts(segment))
      return createExpectedResults(before, { ...options, tokens })
    })
    const period = { ...judging, taskType, cuts }
    const logged = (await readLogged(client, period)).map(rename)
    const { unlearned, ...evaluation } = await evaluatePolicies({
      targets,
      parts,
      logged,
      clusters: mapBatches(readClusters(client, period), rename),
    })
    const shown = learned.filter(
      (cell) => taskType === undefined || isWithin(cell.taskType, taskType),
    )
    return {
      ...evaluation,
      unlearned,
      /** Decisions of the period that were not evaluated, by reason. */
      leftOut: unlearned === 0 ? leftOut : { ...leftOut, unlearned },
      parts: starts.length,
      taskTypes: distinct(logged.map((row) => row.taskType)),
      /** Names of the models that were called at these task types. */
      models: distinct(shown.map(({ modelName }) => modelName)),
    }
  })
}

const DAY_MS = 86_400_000

/** Where a part or its window begins, in order. */
function bordersOf(starts: readonly Date[], windowDays: number): readonly Date[] {
  const times = starts.flatMap((start) => [start.getTime(), start.getTime() - windowDays * DAY_MS])
  return [...new Set(times)].sort((one, other) => one - other).map((time) => new Date(time))
}

/** Which segments lie in the window before a part of the period. */
function segmentsBefore(
  start: Date,
  windowDays: number,
  borders: readonly Date[],
): (segment: number) => boolean {
  const until = start.getTime()
  const since = until - windowDays * DAY_MS
  return (segment) => {
    const begin = borders[segment]?.getTime() ?? Number.POSITIVE_INFINITY
    return since <= begin && begin < until
  }
}

async function* mapBatches<Row>(
  batches: AsyncIterable<readonly Row[]>,
  change: (row: Row) => Row,
): AsyncGenerator<readonly Row[]> {
  for await (const batch of batches) yield batch.map(change)
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort(byPath)
}
