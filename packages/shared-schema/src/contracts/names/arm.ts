// What of the standing experiment a decision belongs to, as outcomes and references say it.
import { pattern } from '../../schema/values.ts'

/** Routed by the baseline, or by what is learned. */
export type ArmName = 'holdout' | 'learned'

export const armSchema = pattern(/^(?:holdout|learned)$/, 'holdout or learned')

/** The first 8 hex characters of an experiment's id. */
export const experimentSchema = pattern(/^[0-9a-f]{8}$/, '8 lower-case hex characters')

const EXPERIMENT_CHARS = 8

export function shortExperiment({ id }: { readonly id: string }): string {
  return id.slice(0, EXPERIMENT_CHARS).toLowerCase()
}
