// Fleets whose instances all have the same work: what changes is a model, the amount of traffic or the fleet itself.
import { exponential } from '../random/random-draws.ts'
import type { Arm, Scenario } from './scenario.ts'
import {
  arms,
  BEST,
  DAY_MS,
  DAYS,
  fortnight,
  MINUTE_MS,
  untilTheEnd,
  WORST,
  week,
} from './setting.ts'

const SHIFT_MS = 7 * DAY_MS
const NEW_MODEL_MS = 3 * DAY_MS
const POISON_MS = 2 * DAY_MS
const RESTART_MS = 3 * DAY_MS
const DEGRADED_GAP_MS = 10_000

/** Lies in favour of the worst model and against the best one. */
export const falseOutcomes = [
  { model: WORST, success: true },
  { model: BEST, success: false },
] as const

const poison = { fromMs: POISON_MS, everyMs: MINUTE_MS, outcomes: falseOutcomes } as const

/** A better model than all appears. */
export const newModel = {
  ...week,
  arms: [...arms, { rateAt: (sinceMs: number) => (sinceMs < NEW_MODEL_MS ? undefined : 0.86) }],
  phases: [{ name: 'before', untilMs: NEW_MODEL_MS }, ...untilTheEnd('after')],
  reported: ['after'],
  newcomer: arms.length,
} as const

export const usualScenarios = {
  stationary: { name: 'stationary', ...fortnight },
  drift: {
    name: 'drift',
    ...fortnight,
    arms: arms.map(
      (arm, at): Arm =>
        at === BEST
          ? { rateAt: (sinceMs) => (sinceMs < SHIFT_MS ? 0.78 : 0.45), changesMs: SHIFT_MS }
          : arm,
    ),
    phases: [{ name: 'before', untilMs: SHIFT_MS }, ...untilTheEnd('after')],
    reported: ['after'],
  },
  degraded: degraded(),
  'new-model': { name: 'new-model', ...newModel },
  sparse: { name: 'sparse', ...fortnight, requests: DAYS * 144, gapMs: 10 * MINUTE_MS },
  delayed: {
    name: 'delayed',
    ...week,
    reporting(_called, random) {
      const isLost = random() < 0.2
      const afterMs = exponential(30 * MINUTE_MS, random)
      return isLost ? Infinity : afterMs
    },
  },
  poisoned: { name: 'poisoned', ...fortnight, lies: { ...poison, instances: [0] } },
  'poisoned-three': {
    name: 'poisoned-three',
    ...fortnight,
    lies: { ...poison, instances: [0, 1, 2] },
  },
  restart: {
    name: 'restart',
    ...week,
    phases: [
      { name: 'before', untilMs: RESTART_MS },
      { name: 'first-hour', untilMs: RESTART_MS + 60 * MINUTE_MS },
      ...untilTheEnd('after'),
    ],
    reported: ['before', 'first-hour', 'after'],
    restartMs: RESTART_MS,
  },
} satisfies Record<string, Scenario>

/** Kalibr's schedule: one process, three good paths; the default path breaks for 25 tasks and recovers. */
function degraded(): Scenario {
  const [good, bad, again] = [15, 25, 10]
  const [breaksMs, recoversMs] = [good * DEGRADED_GAP_MS, (good + bad) * DEGRADED_GAP_MS]
  const breaking = (sinceMs: number) => sinceMs >= breaksMs && sinceMs < recoversMs
  return {
    name: 'degraded',
    arms: [
      { rateAt: (sinceMs) => (breaking(sinceMs) ? 0.3 : 0.99), changesMs: breaksMs },
      { rateAt: () => 0.99 },
      { rateAt: () => 0.99 },
    ],
    instances: 1,
    requests: good + bad + again,
    gapMs: DEGRADED_GAP_MS,
    phases: [
      { name: 'good', untilMs: breaksMs },
      { name: 'degraded', untilMs: recoversMs },
      { name: 'recovered', untilMs: (good + bad + again) * DEGRADED_GAP_MS },
    ],
    reported: ['degraded'],
    seedsFactor: 4,
  }
}
