// What a request belongs to. A value that somebody may know, such as a customer's name, leaves the process as a hash.
import { labelPattern, MOST_LABELS, VALUE_HASH_CHARS } from '@winrate/shared-schema/contracts'
import { BoundedMap } from '../../runtime/bounded-map.ts'
import { hashText } from '../../runtime/hash-text.ts'
import { isRecord } from '../../runtime/unknown-value.ts'

/** Many requests share one. */
export interface Context {
  /** Each label with the hash of its value: `team-3f2a90b1`. */
  readonly entries: readonly string[]
  /** As an outcome carries it; undefined without labels. */
  readonly text: string | undefined
}

/** Reads the labels of a request; tells of each one that it leaves out, in a sentence. */
export type ReadContext = (given: unknown, complain: (problem: string) => void) => Context

const noContext: Context = { entries: [], text: undefined }
const CONTEXTS_KEPT = 1_000
const MAX_VALUE_CHARS = 200
const MAX_LABEL_SHOWN = 60

/** @param given Labels that count where a request does not say otherwise. */
export function createContextReader(given?: unknown): ReadContext {
  const usualLabels = readLabels(given, () => undefined)
  const usual = contextOf(usualLabels)
  const known = new BoundedMap<string, Context>(CONTEXTS_KEPT)
  return (given, complain) => {
    if (given === undefined || given === null) return usual
    const labels = readLabels(given, complain)
    let key = ''
    for (const [label, value] of labels) key += `${label} ${value.length} ${value} `
    const remembered = known.get(key)
    if (remembered !== undefined) return remembered
    for (const [label, value] of usualLabels) {
      if (labels.size < MOST_LABELS && !labels.has(label)) labels.set(label, value)
    }
    const context = contextOf(labels)
    known.set(key, context)
    return context
  }
}

/** What is wrong with labels, in sentences that begin with `context`. */
export function contextProblems(given: unknown): readonly string[] {
  const problems: string[] = []
  readLabels(given, (problem) => problems.push(problem))
  return problems
}

/** Null counts as absent. */
function readLabels(given: unknown, complain: (problem: string) => void): Map<string, string> {
  const labels = new Map<string, string>()
  if (given === undefined || given === null) return labels
  if (!isRecord(given)) {
    complain("context must be an object, such as { team: 'billing' }")
    return labels
  }
  for (const label of Object.keys(given)) {
    const value = given[label] ?? undefined
    if (value === undefined) continue
    if (labels.size === MOST_LABELS) {
      complain(`context ends after ${MOST_LABELS} labels`)
      break
    }
    if (!labelPattern.test(label)) {
      complain(`context.${label.slice(0, MAX_LABEL_SHOWN)} is no label: [a-z][a-z0-9_-]{0,30}`)
    } else if (typeof value !== 'string' || value === '' || value.length > MAX_VALUE_CHARS) {
      complain(`context.${label} must be a text of 1 to ${MAX_VALUE_CHARS} characters`)
    } else labels.set(label, value)
  }
  return labels
}

function contextOf(labels: ReadonlyMap<string, string>): Context {
  if (labels.size === 0) return noContext
  const entries = [...labels].map(([label, value]) => `${label}-${hashOf(label, value)}`).sort()
  return { entries, text: entries.join(' ') }
}

/** Depends on the label, so that equal values of two labels do not show. */
function hashOf(label: string, value: string): string {
  return hashText(`${label}\u0000${value}`, VALUE_HASH_CHARS)
}
