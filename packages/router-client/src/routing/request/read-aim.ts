// What a request says that cost and speed count.
import {
  type Aim,
  PREFERENCE_RULE,
  preferenceSchema,
  valueSchema,
} from '@winrate/shared-schema/scoring'

/** Undefined where nothing is said, or nothing that can be understood. */
export function readAim(
  prefer: unknown,
  valueUsd: unknown,
  complain: (problem: string) => void,
): Aim | undefined {
  const preference = readPreference(prefer ?? undefined, complain)
  const value = valueSchema.optional().safeParse(valueUsd ?? undefined)
  if (!value.success) complain('options.valueUsd must be a number of US dollars above 0')
  if (value.data === undefined) return preference
  if (preference !== undefined) complain('options.valueUsd counts only without options.prefer')
  return preference ?? { valueUsd: value.data }
}

function readPreference(given: unknown, complain: (problem: string) => void) {
  const { data, error } = preferenceSchema.optional().safeParse(given)
  if (error !== undefined) {
    const [{ path, message } = { path: [], message: '' }] = error.issues
    const where = path.length === 0 ? '' : `: ${path.join('.')} ${message}`
    complain(`options.prefer must be ${PREFERENCE_RULE}${where}`)
  }
  return data
}
