import type { OutcomeMessage } from '@winrate/shared-schema/contracts'

const LONGEST_MS = 7 * 86_400_000
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7/

/** The time at which an outcome counts, as `winrate.decision_time` has it: its decision's, where the id tells it. */
export function decisionTimeMs({ decision_id = '' }: OutcomeMessage, occurredMs: number): number {
  if (!UUID_V7.test(decision_id)) return occurredMs
  const decidedMs = Number.parseInt(decision_id.slice(0, 8) + decision_id.slice(9, 13), 16)
  const laterMs = occurredMs - decidedMs
  return laterMs >= 0 && laterMs <= LONGEST_MS ? decidedMs : occurredMs
}
