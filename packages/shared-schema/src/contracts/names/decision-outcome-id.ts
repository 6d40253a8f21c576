import { hash } from 'node:crypto'
import { UNKNOWN_PROVIDER } from './cell-name.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i

interface DecisionOutcome {
  readonly decision_id: string
  readonly provider?: string | undefined
  readonly model_name: string
  readonly thinking_level?: string | undefined
  readonly instance_id: string
}

/**
 * The id of the outcome of one candidate of one decision, so that whoever records it again says more about the same
 * outcome. A UUID names a decision everywhere, any other text only within its instance. `decision_outcome_id.sql` is
 * the same function.
 */
export function decisionOutcomeId(outcome: DecisionOutcome): string {
  const { decision_id, provider = UNKNOWN_PROVIDER, model_name, thinking_level = '' } = outcome
  const version = uuid.exec(decision_id)?.[1]
  const named = [decision_id, provider, model_name, thinking_level]
  const words = version === undefined ? [...named, outcome.instance_id] : named
  const digest = hash('sha256', words.join('\n'), 'hex')
  const head =
    version === '7'
      ? `${decision_id.slice(0, 13).toLowerCase()}-7`
      : `${digest.slice(18, 26)}-${digest.slice(26, 30)}-8`
  return `${head}${digest.slice(0, 3)}-8${digest.slice(3, 6)}-${digest.slice(6, 18)}`
}
