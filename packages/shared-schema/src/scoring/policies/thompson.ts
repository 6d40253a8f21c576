import { object } from '../../schema/objects.ts'
import type { InputOf } from '../../schema/schema.ts'
import { literal, number, positive } from '../../schema/values.ts'
import { firstChances, thompsonChances, withinChances } from '../choice/choice-chances.ts'
import { isWithin } from '../choice/preference-score.ts'
import { usualPlanAim } from '../plans/plan-task.ts'
import { loweredDistribution, scaledDistribution } from '../rewards/reward-distribution.ts'
import { definePolicy, expense } from './policy.ts'
import { preferenceSchema, valueSchema } from './preference.ts'

/**
 * Thompson sampling: chooses each candidate with the probability that it is the best one, as far as its
 * posterior tells (docs/learning.md).
 */
export const thompson = definePolicy({
  kind: 'thompson',
  schema: object({
    kind: literal('thompson'),
    /**
     * Outcomes that the prior of a (task type, model) is worth. Without it, as many as tell how much the models of
     * its task type differ.
     */
    priorMass: number(1, 1_000).optional(),
    /**
     * Candidates are drawn as if what is known of them were worth so many times as many outcomes. 1 is plain
     * Thompson sampling, which tries much more than few decisions can repay.
     */
    sharpness: number(1, 100).default(2),
    /** Share of the decisions that draw a candidate uniformly on top, 0 to 1. */
    exploration: number(0, 1).default(0.005),
    /**
     * What the whole range of the call cost factor, $0.0001 to $10, is worth in win rate where a request
     * does not say what it prefers. 0.1: a tenth of the cost makes up for 2 points of success.
     */
    costWeight: number(0, 1).default(0.1),
    /** What requests prefer that do not say, instead of `costWeight` and `valueUsd`. */
    prefer: preferenceSchema.optional(),
    /** What a success is worth in US dollars where a request does not say, instead of `costWeight`. */
    valueUsd: valueSchema.optional(),
    /** Once a snapshot is stale, what was learned counts half as much after so many hours. */
    staleHalfLifeHours: positive().default(48),
  }),
  withValues: ({
    priorMass,
    sharpness,
    exploration,
    costWeight,
    prefer,
    valueUsd,
    staleHalfLifeHours,
  }) => ({
    choosesLevels: true,
    priorMass: priorMass ?? 'learned',
    usualAim: prefer ?? (valueUsd === undefined ? { winRate: 1, cost: costWeight } : { valueUsd }),
    planAim: prefer ?? (valueUsd === undefined ? usualPlanAim(costWeight) : { valueUsd }),
    exploration,
    sharpness,
    isAimStated: (prefer ?? valueUsd) !== undefined,
    staleHalfLifeHours,
    chances(contenders, aim) {
      const uncertain = contenders.flatMap(({ expectation, offset, factors, availability = 1 }) => {
        if (expectation === undefined || offset === undefined) return []
        const reward = scaledDistribution(expectation.distribution(sharpness), availability)
        return [{ reward, offset, factors }]
      })
      // Where the win rate has no weight nothing is uncertain.
      if (uncertain.length < contenders.length) return firstChances(contenders.length, exploration)
      if (!isWithin(aim)) return thompsonChances(uncertain, exploration)
      // What a budget takes off: the one that it takes least off keeps its reward.
      const most = uncertain.reduce((top, { offset }) => Math.max(top, offset), -Infinity)
      const priced = uncertain.map((one) => ({
        reward: loweredDistribution(one.reward, most - one.offset),
        expense: expense(one, aim),
      }))
      return withinChances(priced, aim, exploration)
    },
  }),
})

export type ThompsonPolicy = InputOf<typeof thompson.schema>
