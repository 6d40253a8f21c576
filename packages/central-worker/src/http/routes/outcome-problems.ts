// What the answer to POST /v1/outcomes says about outcomes that ingest will reject, or store without some fields. Ingest
// judges for itself, by the same rules.
import {
  type FieldProblem,
  findNearName,
  outcomeAliases,
  outcomeMessageSchema,
  readOutcome,
} from '@winrate/shared-schema/contracts'
import { z } from 'zod'

export const outcomeProblemSchema = z.object({
  /** Place of the outcome in the body, the first one for a field; absent for the envelope. */
  index: z.int().optional(),
  /** The field that is left out or unknown. */
  field: z.string().optional(),
  /** How many outcomes have this problem with the field. */
  outcomes: z.int().optional(),
  /** Of a rejected outcome: the reason of its dead letter. */
  reason: z.string().optional(),
  /** For people: what is wrong, and what to send. */
  problem: z.string(),
})

export type OutcomeProblem = z.infer<typeof outcomeProblemSchema>

const MOST_PROBLEMS = 20
const MOST_NAMES = 60
const SHOWN_CHARS = 40

const names: ReadonlySet<string> = new Set([
  ...Object.keys(outcomeMessageSchema.shape),
  ...Object.keys(outcomeAliases),
  'reference',
])

/** Rejected outcomes come first, at most 20 of them; then each other problem once, with the number of outcomes. */
export function findOutcomeProblems(outcomes: readonly unknown[], sender: string | undefined) {
  const rejections: OutcomeProblem[] = []
  const byField = new Map<string, OutcomeProblem>()
  let rejected = 0
  function note(index: number, { name: field, problem }: Omit<FieldProblem, 'field'>): void {
    const found = byField.get(field)
    if (found === undefined) {
      if (byField.size < MOST_PROBLEMS) byField.set(field, { index, field, outcomes: 1, problem })
    } else found.outcomes = (found.outcomes ?? 0) + 1
  }
  for (const [index, outcome] of outcomes.entries()) {
    const { reason, problems } = examine(outcome, sender)
    for (const problem of problems) if (reason === undefined) note(index, problem)
    if (reason === undefined) continue
    rejected += 1
    const problem = problems.map((each) => each.problem).join('; ')
    if (rejections.length < MOST_PROBLEMS) rejections.push({ index, reason, problem })
  }
  return { rejected, problems: [...rejections, ...byField.values()].slice(0, MOST_PROBLEMS) }
}

interface Examined {
  /** Why ingest will reject it. */
  readonly reason?: string
  readonly problems: readonly Omit<FieldProblem, 'field'>[]
}

function examine(outcome: unknown, sender: string | undefined): Examined {
  if (typeof outcome !== 'object' || outcome === null || Array.isArray(outcome)) {
    return {
      reason: 'outcome_not_object',
      problems: [{ name: 'outcome', problem: 'an outcome must be an object' }],
    }
  }
  const given: Record<string, unknown> = { ...outcome }
  const unknown = findNearNames(given)
  const isPlain = unknown.length === 0 && given['reference'] === undefined
  if (isPlain && outcomeMessageSchema.safeParse(given).success) return { problems: [] }
  given['instance_id'] ??= sender
  const { outcome: read, problems } = readOutcome(given)
  const told = problems.map(({ name, problem }) => ({ name, problem: `${name} ${problem}` }))
  const all = [...told, ...unknown]
  return read === undefined
    ? { reason: `${problems[0]?.field}_invalid`, problems: all }
    : { problems: all }
}

/** Fields that are almost a field of an outcome. Others may be meant for somebody else. */
function findNearNames(given: Readonly<Record<string, unknown>>): Omit<FieldProblem, 'field'>[] {
  const found: Omit<FieldProblem, 'field'>[] = []
  let read = 0
  for (const name in given) {
    read += 1
    if (read > MOST_NAMES) break
    if (names.has(name)) continue
    const near = findNearName(name, names)
    if (near === undefined) continue
    const shown = name.slice(0, SHOWN_CHARS)
    found.push({
      name: shown,
      problem: `${shown} is not a field of an outcome (did you mean ${near}?)`,
    })
  }
  return found
}
