// A made experiment, looked at after every snapshot: does its confidence sequence ever exclude the truth?
import {
  type ArmColumns,
  type ArmComparison,
  type Columns,
  compareArms,
  noColumns,
} from '../compare-arms.ts'
import type { sequenceWidth } from '../confidence-sequence.ts'

export interface MadeTask {
  readonly taskType: string
  /** How often it is asked for, against the other task types. */
  readonly weight: number
  /** The logit of its success. */
  readonly logit: number
  readonly costUsd: number
}

export interface MadeExperiment {
  readonly seed: number
  readonly share: number
  readonly tasks: readonly MadeTask[]
  /** Decisions of a session, on average; 1 for none. */
  readonly sessionLength: number
  /** By how much sessions differ: a standard deviation of logits, and of logarithms of costs. */
  readonly sessionEffect: number
  /** The standard deviation of the logarithm of a call's cost. */
  readonly costSpread: number
  /** Added to the logit of success over the whole experiment, in both arms. */
  readonly drift: number
  /** What the learned arm adds to the logit, and by what it multiplies costs. */
  readonly effect: { readonly logit: number; readonly cost: number }
  readonly looks: number
  readonly decisionsPerLook: number
}

export const measures = ['success', 'costPerCall', 'costPerSuccess', 'responseTimeMs'] as const
export type Measure = (typeof measures)[number]

/** What a look saw, after so many decisions. */
export type OnLook = (comparison: ArmComparison, decisions: number) => void

/** Plays an experiment, and calls back after each snapshot. */
export function simulateExperiment(
  made: MadeExperiment,
  onLook: OnLook,
  width?: typeof sequenceWidth,
): void {
  const { tasks, share, sessionLength, sessionEffect, costSpread, drift, effect } = made
  const random = randomOf(made.seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const byTaskType = new Map<string, ArmColumns>(
    tasks.map(({ taskType }) => [taskType, { holdout: noColumns(), learned: noColumns() }]),
  )
  const weights = tasks.reduce((sum, { weight }) => sum + weight, 0)
  const total = made.looks * made.decisionsPerLook
  let decided = 0
  let looked = 0
  while (decided < total) {
    const arm = random() < share ? 'holdout' : 'learned'
    const bucket = Math.floor(random() * 256)
    const hard = sessionEffect * normal()
    const long = sessionEffect * normal()
    do {
      let at = 0
      for (let left = random() * weights; at < tasks.length - 1; at += 1) {
        left -= tasks[at]?.weight ?? 0
        if (left < 0) break
      }
      const task = tasks[at]
      if (task === undefined) throw new RangeError('no task type')
      const isLearned = arm === 'learned' ? 1 : 0
      const logit = task.logit + hard + (drift * decided) / total + isLearned * effect.logit
      const success = random() < 1 / (1 + Math.exp(-logit)) ? 1 : 0
      const noise = Math.exp(costSpread * normal() + long)
      const cost = task.costUsd * noise * (isLearned ? effect.cost : 1)
      const columns = byTaskType.get(task.taskType)?.[arm]
      if (columns === undefined) throw new RangeError('no columns')
      for (const field of counted) add(columns, field, bucket, 1)
      add(columns, 'successes', bucket, success)
      add(columns, 'costSumUsd', bucket, cost)
      add(columns, 'timeSumMs', bucket, 1_000 * Math.exp(0.5 * normal() + long))
      decided += 1
    } while (random() >= 1 / sessionLength)
    if (decided >= (looked + 1) * made.decisionsPerLook) {
      looked = Math.floor(decided / made.decisionsPerLook)
      onLook(compareArms(byTaskType, width), decided)
    }
  }
}

const counted = ['decisions', 'judged', 'costCount', 'timeCount'] as const

function add(columns: Columns, field: keyof Columns, bucket: number, value: number): void {
  const column = columns[field]
  column[bucket] = (column[bucket] ?? 0) + value
}

/** mulberry32 */
function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const one = [{ taskType: 'chat', weight: 1, logit: 1.1, costUsd: 0.01 }]
const several = [
  { taskType: 'chat', weight: 10, logit: 2.5, costUsd: 0.002 },
  { taskType: 'coding', weight: 5, logit: 0.5, costUsd: 0.05 },
  { taskType: 'research', weight: 2, logit: 0, costUsd: 0.3 },
  { taskType: 'planning', weight: 1, logit: -1, costUsd: 0.1 },
  { taskType: 'analysis', weight: 0.3, logit: 1, costUsd: 1 },
]

const usual = {
  ...{ share: 0.1, tasks: one, sessionLength: 1, sessionEffect: 0, costSpread: 0.8, drift: 0 },
  ...{ effect: { logit: 0, cost: 1 }, looks: 200, decisionsPerLook: 50 },
}

/** Without their seeds. */
export const madeExperiments: Readonly<Record<string, Omit<MadeExperiment, 'seed'>>> = {
  'one task type': usual,
  'five task types': { ...usual, tasks: several },
  sessions: { ...usual, sessionLength: 6, sessionEffect: 0.7 },
  'sessions over five task types': {
    ...usual,
    tasks: several,
    sessionLength: 6,
    sessionEffect: 0.7,
  },
  'success of 97 %': {
    ...usual,
    tasks: [{ ...one[0], taskType: 'chat', weight: 1, logit: 3.5, costUsd: 0.01 }],
  },
  'a drift of both arms': { ...usual, drift: -2 },
  'costs of a long tail': { ...usual, costSpread: 1.2, sessionLength: 6, sessionEffect: 0.5 },
  'a half held out': { ...usual, share: 0.5, tasks: several },
}
