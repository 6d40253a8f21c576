// The setting of the research on which this project is based: five models, twenty instances, two requests per
// minute in the whole fleet, two weeks (or one, if that is enough). The first model is the default.
import type { Arm, Phase, Scenario, ScenarioName } from './scenario.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const DAYS = 14
/** For scenarios that need only a week. */
const SHORT_DAYS = 7
const BEST = 1
const WORST = 3
const rates = [0.7, 0.78, 0.74, 0.6, 0.72]

const arms: readonly Arm[] = rates.map((rate) => ({ rateAt: () => rate }))

const whole: readonly Phase[] = [{ name: 'all', untilMs: DAYS * DAY_MS }]

const base = {
  arms,
  instances: 20,
  requests: DAYS * 1440 * 2,
  gapMs: MINUTE_MS / 2,
  phases: whole,
  reported: ['all'],
  seedsFactor: 1,
} as const

const short = { ...base, requests: SHORT_DAYS * 1440 * 2 } as const

const SHIFT_MS = 7 * DAY_MS
const NEW_MODEL_MS = 3 * DAY_MS
const POISON_MS = 2 * DAY_MS
const RESTART_MS = 3 * DAY_MS
const DEGRADED_GAP_MS = 10_000

export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  stationary: { name: 'stationary', ...base },
  drift: {
    name: 'drift',
    ...base,
    arms: withRate(BEST, (sinceMs) => (sinceMs < SHIFT_MS ? 0.78 : 0.45)),
    phases: [{ name: 'before', untilMs: SHIFT_MS }, ...named('after')],
    reported: ['after'],
  },
  degraded: degraded(),
  'new-model': {
    name: 'new-model',
    ...short,
    arms: [...arms, { rateAt: (sinceMs) => (sinceMs < NEW_MODEL_MS ? undefined : 0.86) }],
    phases: [{ name: 'before', untilMs: NEW_MODEL_MS }, ...named('after')],
    reported: ['after'],
    newcomer: arms.length,
  },
  sparse: { name: 'sparse', ...base, requests: DAYS * 144, gapMs: 10 * MINUTE_MS },
  delayed: {
    name: 'delayed',
    ...short,
    delay: { meanMs: 30 * MINUTE_MS, lostShare: 0.2 },
  },
  poisoned: {
    name: 'poisoned',
    ...base,
    poison: { fromMs: POISON_MS, worst: WORST, best: BEST },
  },
  restart: {
    name: 'restart',
    ...short,
    phases: [
      { name: 'before', untilMs: RESTART_MS },
      { name: 'first-hour', untilMs: RESTART_MS + 60 * MINUTE_MS },
      ...named('after'),
    ],
    reported: ['before', 'first-hour', 'after'],
    restartMs: RESTART_MS,
  },
}

function withRate(arm: number, rateAt: Arm['rateAt']): readonly Arm[] {
  return arms.map((one, at) => (at === arm ? { ...one, rateAt } : one))
}

function named(name: string): readonly Phase[] {
  return [{ name, untilMs: DAYS * DAY_MS }]
}

/** Kalibr's schedule: one process, three good paths; the default path breaks for 25 tasks and recovers. */
function degraded(): Scenario {
  const [good, bad, again] = [15, 25, 10]
  const [breaksMs, recoversMs] = [good * DEGRADED_GAP_MS, (good + bad) * DEGRADED_GAP_MS]
  const breaking = (sinceMs: number) => sinceMs >= breaksMs && sinceMs < recoversMs
  return {
    name: 'degraded',
    arms: [
      { rateAt: (sinceMs) => (breaking(sinceMs) ? 0.3 : 0.99) },
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
