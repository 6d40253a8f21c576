// The setting of the research on which this project is based: five models, twenty instances, two requests per
// minute in the whole fleet, two weeks (or one, if that is enough). The first model is the default.
import type { Arm, Phase } from './scenario.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000
export const DAYS = 14
/** For scenarios that need only a week. */
const SHORT_DAYS = 7
export const INSTANCES = 20
/** Places of models. */
export const BEST = 1
export const WORST = 3
export const rates = [0.7, 0.78, 0.74, 0.6, 0.72]

export const arms: readonly Arm[] = rates.map((rate) => ({ rateAt: () => rate }))

export const fortnight = {
  arms,
  instances: INSTANCES,
  requests: DAYS * 1440 * 2,
  gapMs: MINUTE_MS / 2,
  phases: untilTheEnd('all'),
  reported: ['all'],
  seedsFactor: 1,
} as const

export const week = { ...fortnight, requests: SHORT_DAYS * 1440 * 2 } as const

export function untilTheEnd(name: string): readonly Phase[] {
  return [{ name, untilMs: DAYS * DAY_MS }]
}
