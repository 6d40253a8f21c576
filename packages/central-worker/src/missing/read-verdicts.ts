// Of which share of each model's answers anyone said whether they were good, and where models differ in it.
import { type CellName, cellKey } from '@winrate/shared-schema/contracts'
import type { Queryable } from '../postgres/queryable.ts'
import type { ModelNaming } from '../window/create-naming.ts'
import type { UnequalVerdicts } from './find-missing.ts'

interface UnequalSince extends UnequalVerdicts {
  readonly since: Date
}

/** A model at a task type where some answers have no verdict. */
export interface ModelVerdicts extends CellName {
  /** Answers of first attempts in the window. */
  readonly answers: number
  /** Those of them that nobody judged. */
  readonly unjudged: number
  /** How that differs from the other models, where it clearly does. */
  readonly unequal?: UnequalSince
}

/** Clients may invent names. */
const MOST_CELLS = 1_000

/** Of all models at the task types where some answers have no verdict, those with the most answers first. */
export async function readVerdicts(
  queryable: Queryable,
  windowDays: number,
  nameOf: ModelNaming,
): Promise<readonly ModelVerdicts[]> {
  const { rows } = await queryable.query<ModelVerdicts>({
    name: 'read-verdicts',
    text: `
      select "taskType", "modelName", provider, "thinkingLevel", answers, unjudged
      from (
        select task_type as "taskType", model_name as "modelName", provider, thinking_level as "thinkingLevel",
          sum(samples + unjudged)::float8 as answers, sum(unjudged)::float8 as unjudged,
          sum(sum(unjudged)) over (partition by task_type) as of_task
        from winrate.outcome_rollups
        where hour > now() - make_interval(hours => $1) and task_type not like '%/@after-%'
        group by 1, 2, 3, 4
        having sum(samples) >= 0 and sum(unjudged) >= 0 and sum(samples + unjudged) > 0
      ) as cells
      where of_task > 0
      order by answers desc, 1, 2, 3, 4
      limit $2`,
    values: [Math.ceil(windowDays * 24), MOST_CELLS],
  })
  const unequal = new Map((await readUnequalVerdicts(queryable)).map((one) => [cellKey(one), one]))
  const cells = new Map<string, ModelVerdicts>()
  for (const row of rows) {
    const { answers, unjudged, ...cell } = { ...row, ...nameOf(row) }
    const key = cellKey(cell)
    const known = cells.get(key) ?? { answers: 0, unjudged: 0 }
    const difference = unequal.get(key)
    cells.set(key, {
      ...cell,
      answers: known.answers + answers,
      unjudged: known.unjudged + unjudged,
      ...(difference && { unequal: difference }),
    })
  }
  return [...cells.values()]
}

/** The clearest first. */
export async function readUnequalVerdicts(queryable: Queryable): Promise<readonly UnequalSince[]> {
  const { rows } = await queryable.query<UnequalSince>({
    name: 'read-unequal-verdicts',
    text: `
      select task_type as "taskType", model_name as "modelName", provider, thinking_level as "thinkingLevel",
        relative_share as "relativeShare", z, since
      from winrate.unequal_verdicts
      order by abs(z) desc, task_type, model_name, provider, thinking_level`,
  })
  return rows
}
