import { uuidV7 } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { decisionTimeMs } from './decision-time.ts'

const HOUR_MS = 3_600_000
const decidedMs = Date.UTC(2026, 0, 5, 12)
const outcome = (decision_id: string | undefined) => ({
  ...{ task_type: 'coding', model_name: 'a', provider: 'p', instance_id: 'i', success: true },
  ...(decision_id === undefined ? {} : { decision_id }),
})

test('An outcome counts at the time of its decision, however late it arrives', () => {
  const id = uuidV7(decidedMs)
  expect(decisionTimeMs(outcome(id), decidedMs + 3 * HOUR_MS)).toBe(decidedMs)
  expect(decisionTimeMs(outcome(id), decidedMs)).toBe(decidedMs)
})

test('Where the id tells no time that can be, the outcome counts at its own', () => {
  const otherMs = decidedMs - 1
  expect(decisionTimeMs(outcome(uuidV7(decidedMs)), otherMs)).toBe(otherMs)
  const weekLaterMs = decidedMs + 169 * HOUR_MS
  expect(decisionTimeMs(outcome(uuidV7(decidedMs)), weekLaterMs)).toBe(weekLaterMs)
  expect(decisionTimeMs(outcome('call-7'), otherMs)).toBe(otherMs)
  expect(decisionTimeMs(outcome(undefined), otherMs)).toBe(otherMs)
})
