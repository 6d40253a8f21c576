// How much of each task type is drawn, and so compares models; the rest shapes the prior only.
import type { Queryable } from '../postgres/queryable.ts'

export interface DrawnOutcomes {
  readonly taskType: string
  /** Outcomes in the window. */
  readonly samples: number
  readonly drawn: number
}

/** Those with the most outcomes. */
const MOST_TASK_TYPES = 100
/** Fewer outcomes of a task type say nothing about how it is used. */
const MANY_SAMPLES = 100
const TASK_TYPES_SHOWN = 5

export async function readDrawnOutcomes(
  queryable: Queryable,
  windowDays: number,
): Promise<DrawnOutcomes[]> {
  const { rows } = await queryable.query<DrawnOutcomes>({
    name: 'read-drawn-outcomes',
    text: `
      select task_type as "taskType", sum(samples)::float8 as samples, sum(drawn_samples)::float8 as drawn
      from winrate.outcome_rollups
      where hour > now() - make_interval(hours => $1)
      group by task_type
      having sum(samples) > 0
      order by sum(samples) desc, task_type
      limit $2`,
    values: [Math.ceil(windowDays * 24), MOST_TASK_TYPES],
  })
  return rows
}

/** As "84 % of coding, 0 % of chat". */
export function listDrawn(all: readonly DrawnOutcomes[]): string {
  const shown = all
    .slice(0, TASK_TYPES_SHOWN)
    .map(
      ({ taskType, samples, drawn }) => `${Math.floor((100 * drawn) / samples)} % of ${taskType}`,
    )
  const more = all.length - TASK_TYPES_SHOWN
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more task types` : ''}`
}

/** What to say of task types that are learned from reports alone; undefined where there is none. */
export function describeUndrawn(all: readonly DrawnOutcomes[]): string | undefined {
  const undrawn = all.filter(({ samples, drawn }) => drawn === 0 && samples >= MANY_SAMPLES)
  if (undrawn.length === 0) return undefined
  const names = undrawn.slice(0, TASK_TYPES_SHOWN).map(({ taskType }) => taskType)
  const more = undrawn.length - names.length
  return `learned from reports alone: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}. No outcome there comes from a decision that was drawn, so a model that gets the harder work looks worse than it is. Let agents call route() among several candidates without risk: 'high', under the policy "thompson", and record the outcome with the decision`
}
