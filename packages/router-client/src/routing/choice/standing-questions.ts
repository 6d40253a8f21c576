// The questions that were asked lately, each with the answer that stands: its ranking by the table in use
// and the own outcomes known, and whom its options allow. So a question that is asked again is neither
// parsed nor ranked again. Guarantees: an answer never outlives its table or a change of the own outcomes;
// questions are told apart by their contents; a question is renewed in the background at most once
// for each time that it was asked; memory is bounded.
import { BoundedMap } from '../../runtime/bounded-map.ts'
import { type AskedQuestion, parseQuestion } from '../request/asked-question.ts'
import { saysTheSame } from '../request/same-options.ts'
import type { RoutingTable } from '../table/routing-table.ts'
import { type Allowance, createAllowance } from './allowance.ts'
import type { Ranking } from './ranking.ts'

/** A question with the answer that stands. */
export interface StandingQuestion {
  readonly asked: AskedQuestion
  readonly allowance: Allowance
}

export interface StandingQuestions {
  /** The question's answer by the table in use. Never throws but for a mistake of our own. */
  ask(taskType: unknown, rawOptions: unknown): StandingQuestion
  /** Whether a question that was asked lately has no answer that stands. */
  hasOutdated(): boolean
  /** Answers one of these. */
  renewOne(): void
}

interface Kept extends StandingQuestion {
  allowance: Allowance
  /** What the allowance is made of. */
  ranking: Ranking
  revision: number
  /** Since it was renewed last. */
  wasAsked: boolean
}

const TASK_TYPES_KEPT = 200
const QUESTIONS_PER_TASK_TYPE = 8
/** Questions that are carried over to the next table, or renewed. */
const RECENT_KEPT = 64

export function createStandingQuestions(tableInUse: () => RoutingTable): StandingQuestions {
  let table = tableInUse()
  let byTaskType = new BoundedMap<unknown, Kept[]>(TASK_TYPES_KEPT)
  /** Asked since they were renewed last. */
  const recent: Kept[] = []

  /** Answers by the old table are let go of with it. */
  function changeTable(next: RoutingTable): void {
    table = next
    byTaskType = new BoundedMap(TASK_TYPES_KEPT)
    for (const kept of recent) {
      kept.revision = Number.NaN
      keep(kept)
    }
  }

  function keep(kept: Kept): void {
    const { taskType } = kept.asked.question
    const alike = byTaskType.get(taskType)
    if (alike === undefined) byTaskType.set(taskType, [kept])
    else if (alike.unshift(kept) > QUESTIONS_PER_TASK_TYPE) alike.pop()
  }

  function isOutdated({ asked, revision }: Kept): boolean {
    return revision !== table.revision(asked.question.taskType)
  }

  function renew(kept: Kept): void {
    const { question } = kept.asked
    kept.revision = table.revision(question.taskType)
    const ranking = table.ranking(question)
    if (ranking === kept.ranking && ranking.ranked.length > 0) return
    kept.ranking = ranking
    kept.allowance = allow(ranking, kept.asked)
  }

  function allow(ranking: Ranking, { question, options }: AskedQuestion): Allowance {
    return createAllowance({
      ranking,
      everybody: () => table.ranking({ ...question, candidates: undefined }),
      options,
    })
  }

  function find(taskType: unknown, rawOptions: unknown): Kept | undefined {
    const alike = byTaskType.get(taskType)
    if (alike === undefined) return undefined
    for (const kept of alike) if (saysTheSame(rawOptions, kept.asked.options)) return kept
    return undefined
  }

  function findSafely(taskType: unknown, rawOptions: unknown): Kept | undefined {
    try {
      return find(taskType, rawOptions)
    } catch {
      // Hostile getters: the parser says what is wrong.
      return undefined
    }
  }

  function markAsked(kept: Kept): void {
    if (recent.length >= RECENT_KEPT) return
    kept.wasAsked = true
    recent.push(kept)
  }

  function askAnew(taskType: unknown, rawOptions: unknown): StandingQuestion {
    const asked = parseQuestion(taskType, rawOptions)
    const ranking = table.ranking(asked.question)
    const allowance = allow(ranking, asked)
    const revision = table.revision(asked.question.taskType)
    const kept: Kept = { asked, allowance, ranking, revision, wasAsked: false }
    if (asked.problems.length > 0) return kept
    keep(kept)
    // Lists that callers name may differ in every request: those count once they come again.
    if (asked.question.candidates === undefined) markAsked(kept)
    return kept
  }

  return {
    ask(taskType, rawOptions) {
      const current = tableInUse()
      if (current !== table) changeTable(current)
      const kept = findSafely(taskType, rawOptions)
      if (kept === undefined) return askAnew(taskType, rawOptions)
      if (isOutdated(kept)) renew(kept)
      if (!kept.wasAsked) markAsked(kept)
      return kept
    },
    hasOutdated: () => tableInUse() !== table || recent.some(isOutdated),
    renewOne() {
      const current = tableInUse()
      if (current !== table) changeTable(current)
      const at = recent.findIndex(isOutdated)
      const [kept] = at < 0 ? [] : recent.splice(at, 1)
      if (kept === undefined) return
      kept.wasAsked = false
      renew(kept)
      kept.allowance.prepare()
    },
  }
}
