// How much of each task type is drawn, and so compares models; the rest shapes the prior only. And how much of it was
// never judged, and so teaches nothing of quality. First attempts only: later ones compare no models.
import type { Queryable } from '../postgres/queryable.ts'

export interface DrawnOutcomes {
  readonly taskType: string
  /** Outcomes in the window. */
  readonly samples: number
  readonly drawn: number
  /** Answers besides, that nobody judged. */
  readonly unjudged: number
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
      select task_type as "taskType", sum(samples)::float8 as samples, sum(drawn_samples)::float8 as drawn,
        sum(unjudged)::float8 as unjudged
      from winrate.outcome_rollups
      where hour > now() - make_interval(hours => $1) and task_type not like '%/@after-%'
      group by task_type
      having sum(samples + unjudged) > 0
      order by sum(samples + unjudged) desc, task_type
      limit $2`,
    values: [Math.ceil(windowDays * 24), MOST_TASK_TYPES],
  })
  return rows
}

/** As "84 % of coding, 0 % of chat". */
export function listDrawn(all: readonly DrawnOutcomes[]): string {
  return listShares(all, ({ samples, drawn }) => drawn / samples)
}

/** The same of answers that nobody judged; undefined where all were. */
export function listUnjudged(all: readonly DrawnOutcomes[]): string | undefined {
  const some = all.filter(({ unjudged }) => unjudged > 0)
  if (some.length === 0) return undefined
  return listShares(some, ({ samples, unjudged }) => unjudged / (samples + unjudged))
}

function listShares(
  all: readonly DrawnOutcomes[],
  shareOf: (outcomes: DrawnOutcomes) => number,
): string {
  const shown = all
    .slice(0, TASK_TYPES_SHOWN)
    .map((outcomes) => `${Math.floor(100 * shareOf(outcomes))} % of ${outcomes.taskType}`)
  return `${shown.join(', ')}${andMore(all.length - shown.length)}`
}

function andMore(count: number): string {
  return count > 0 ? ` and ${count} more task types` : ''
}

/** What to say of task types where no answer is ever judged; undefined where there is none. */
export function describeUnjudged(all: readonly DrawnOutcomes[]): string | undefined {
  const silent = all.filter(({ samples, unjudged }) => samples === 0 && unjudged > 0)
  if (silent.length === 0) return undefined
  const names = silent.slice(0, TASK_TYPES_SHOWN).map(({ taskType }) => taskType)
  return `no answer of ${names.join(', ')}${andMore(silent.length - names.length)} has a verdict, so nothing can be learned there: pass verify to call(), or record whether the answer was good`
}

/** What to say of task types that are learned from reports alone; undefined where there is none. */
export function describeUndrawn(all: readonly DrawnOutcomes[]): string | undefined {
  const undrawn = all.filter(({ samples, drawn }) => drawn === 0 && samples >= MANY_SAMPLES)
  if (undrawn.length === 0) return undefined
  const names = undrawn.slice(0, TASK_TYPES_SHOWN).map(({ taskType }) => taskType)
  const more = undrawn.length - names.length
  return `learned from reports alone: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}. No outcome there comes from a decision that was drawn, so a model that gets the harder work looks worse than it is. Let agents call route() among several candidates without risk: 'high', under the policy "thompson", and record the outcome with the decision`
}
