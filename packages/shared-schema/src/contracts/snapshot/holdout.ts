// The standing experiment, as policies carry it: a share of the sessions is routed by a baseline, the rest by what is learned.
import { object } from '../../schema/objects.ts'
import type { Infer } from '../../schema/schema.ts'
import { number, text } from '../../schema/values.ts'
import { isoTime, uuid } from '../names/formats.ts'
import { limits } from '../names/limits.ts'
import type { Policy } from './snapshot.ts'

export const LEAST_SHARE = 0.001
export const MOST_SHARE = 0.9

export const holdoutSchema = object({
  /** Names the experiment: another share or baseline is another experiment. */
  id: uuid,
  /** The share of the sessions, or of the decisions without one, that the baseline routes. */
  share: number(LEAST_SHARE, MOST_SHARE),
  /** A model, as `gpt-4o` or `openai/gpt-4o`, or the kind of a policy: `threshold`. */
  baseline: text(1, limits.providerChars + 1 + limits.modelNameChars),
  /** When it began. */
  since: isoTime,
})

export type Holdout = Infer<typeof holdoutSchema>

/** Undefined for a policy without an experiment, or with one that this version cannot read. */
export function readHoldout(policy: Policy | undefined): Holdout | undefined {
  const { data } = holdoutSchema.safeParse(policy?.['holdout'])
  return data
}
