import { object } from '../../schema/objects.ts'
import type { InputOf } from '../../schema/schema.ts'
import { literal, number } from '../../schema/values.ts'
import { firstChances } from '../choice/choice-chances.ts'
import { usualPlanAim } from '../plans/plan-task.ts'
import { definePolicy } from './policy.ts'

/** The rule of docs/scoring.md; a share of the decisions is drawn, so that untried models get data. */
export const threshold = definePolicy({
  kind: 'threshold',
  schema: object({
    kind: literal('threshold'),
    /** Share of the decisions that draw a candidate uniformly, 0 to 1. */
    exploration: number(0, 1).default(0.05),
  }),
  withValues: ({ exploration }) => ({
    choosesLevels: false,
    priorMass: undefined,
    usualAim: undefined,
    planAim: usualPlanAim(),
    exploration,
    sharpness: undefined,
    isAimStated: false,
    staleHalfLifeHours: undefined,
    chances: ({ length }) => firstChances(length, exploration),
  }),
})

export type ThresholdPolicy = InputOf<typeof threshold.schema>
