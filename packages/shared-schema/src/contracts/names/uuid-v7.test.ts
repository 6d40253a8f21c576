import fc from 'fast-check'
import { expect, test } from 'vitest'
import { outcomeSchema } from '../outcome/outcome.ts'
import { uuidV7 } from './uuid-v7.ts'

const outcome = { task_type: 'coding', model_name: 'codex', success: true, instance_id: 'i' }

test('an id is a UUID of version 7 that the contract takes, whatever the clock says', () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.nat()), (nowMs) => {
      const id = uuidV7(nowMs)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(outcomeSchema.safeParse({ ...outcome, outcome_id: id }).success).toBe(true)
    }),
  )
})

test('ids sort by time and do not repeat', () => {
  expect(uuidV7(1_000) < uuidV7(2_000)).toBe(true)
  expect(new Set(Array.from({ length: 1_000 }, () => uuidV7(5))).size).toBe(1_000)
})
