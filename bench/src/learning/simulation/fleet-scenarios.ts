// Fleets as they are: work differs by instance, time and request, some calls are never drawn, some outcomes come
// late or never, and some are invented. Models differ by 2 to 18 points; each of these effects is larger.
import type { Arm, Scenario, Work } from './scenario.ts'
import {
  arms,
  BEST,
  DAY_MS,
  fortnight,
  HOUR_MS,
  INSTANCES,
  MINUTE_MS,
  rates,
  untilTheEnd,
  WORST,
  week,
} from './setting.ts'
import { falseOutcomes, newModel } from './usual-scenarios.ts'

const HARDER = -1
const TROUBLE_MS = 2 * DAY_MS

const longContext = { share: 0.3, shift: HARDER, models: [BEST, WORST] }

const SESSION_DAYS = 6
const SESSION_REQUESTS_A_MINUTE = 10

/** Share of the traffic that one instance has. */
const GATEWAY_SHARE = 0.98

const SYBILS = 200
const INVENTED_NAMES = 20
/** Outcomes that a sybil sends for each of two models at a time. */
const BURST = 10

const LATE_MS = 3 * HOUR_MS
/** Of the worst model's failures: what is left of it looks as good as the best. */
const MISSING_SHARE = 0.6

const TEAM = 3
const teamRates = [0.5, 0.5, 0.55, 0.8, 0.52]
const isTeam = (instance: number) => instance < TEAM

export const fleetScenarios = {
  pinned: pinned({ instances: INSTANCES / 2, model: BEST, shift: -0.5 }),
  'high-risk': differing('high-risk', { highRisk: { share: 0.3, shift: HARDER } }),
  'long-context': differing('long-context', { longContext }),
  heterogeneous: differing('heterogeneous', { instanceSd: 1 }),
  'heterogeneous-0.5': differing('heterogeneous-0.5', { instanceSd: 0.5 }),
  'heterogeneous-1.5': differing('heterogeneous-1.5', { instanceSd: 1.5 }),
  bimodal: differing('bimodal', { shiftAt: (instance) => (instance < 12 ? 1 : -1) }),
  night: differing('night', { shiftAt: (_, sinceMs) => (isNight(sinceMs) ? HARDER : 0) }),
  weekend: {
    ...differing('weekend', { shiftAt: (_, sinceMs) => (isWeekend(sinceMs) ? HARDER : 0) }),
    ...fortnight,
  },
  // Half of the fleet works by night, on harder work: the mix turns over twice a day.
  oscillating: {
    ...differing('oscillating', { shiftAt: (instance) => (instance < INSTANCES / 2 ? 0 : -1.2) }),
    instanceAt(uniform, sinceMs) {
      const among = INSTANCES / 2
      return Math.floor(uniform * among) + (isNight(sinceMs) ? among : 0)
    },
  },
  gateway: {
    name: 'gateway',
    ...week,
    instanceAt(uniform) {
      const others = (uniform - GATEWAY_SHARE) / (1 - GATEWAY_SHARE)
      return others < 0 ? 0 : 1 + Math.floor(others * (INSTANCES - 1))
    },
  },
  sybil: {
    name: 'sybil',
    ...week,
    lies: {
      fromMs: TROUBLE_MS,
      everyMs: DAY_MS,
      instances: Array.from({ length: SYBILS }, (_, at) => INSTANCES + at),
      outcomes: repeated(falseOutcomes, BURST),
      claimedPropensity: 0.5,
    },
  },
  'sybil-names': {
    name: 'sybil-names',
    ...newModel,
    inventedModels: INVENTED_NAMES,
    lies: {
      fromMs: TROUBLE_MS,
      everyMs: Infinity,
      instances: [0],
      outcomes: Array.from({ length: INVENTED_NAMES }, (_, at) => ({
        model: newModel.arms.length + at,
        success: false,
      })),
    },
  },
  sessions: {
    ...differing('sessions', { sessions: { length: 20, sd: 1 } }),
    requests: SESSION_DAYS * 1440 * SESSION_REQUESTS_A_MINUTE,
    gapMs: MINUTE_MS / SESSION_REQUESTS_A_MINUTE,
  },
  late: {
    name: 'late',
    ...week,
    reporting: ({ model, success }) => (success && model === BEST ? LATE_MS : 0),
  },
  'late-all': {
    name: 'late-all',
    ...week,
    reporting: ({ success }) => (success ? LATE_MS : 0),
  },
  missing: {
    name: 'missing',
    ...week,
    reporting: ({ model, success }, random) =>
      random() < MISSING_SHARE && model === WORST && !success ? Infinity : 0,
  },
  team: team('team', { teamOf: (instance) => `team ${Math.floor(instance / TEAM)}` }),
  'team-plain': team('team-plain'),
} satisfies Record<string, Scenario>

function differing<N extends Scenario['name']>(name: N, work: Work) {
  return { name, ...week, work }
}

function pinned(pinned: NonNullable<Work['pinned']>): Scenario {
  return differing('pinned', { pinned })
}

/** Teams of three; one of them needs the model that is worst for the rest. */
function team(name: 'team' | 'team-plain', work: Work = {}): Scenario {
  return {
    name,
    ...week,
    arms: arms.map(
      (_, at): Arm => ({
        rateAt: (_sinceMs, instance) => (isTeam(instance) ? teamRates : rates)[at],
      }),
    ),
    work,
    phases: untilTheEnd('team')
      .map((phase) => ({ ...phase, has: isTeam }))
      .concat(
        untilTheEnd('others').map((phase) => ({ ...phase, has: (instance) => !isTeam(instance) })),
      ),
    reported: ['team'],
  }
}

function repeated<T>(some: readonly T[], times: number): readonly T[] {
  return Array.from({ length: times }, () => some).flat()
}

function hourOf(sinceMs: number): number {
  return Math.floor(sinceMs / HOUR_MS) % 24
}

/** From 18 to 8 o'clock. */
function isNight(sinceMs: number): boolean {
  const hour = hourOf(sinceMs)
  return hour >= 18 || hour < 8
}

/** The run begins on a Monday. */
function isWeekend(sinceMs: number): boolean {
  return Math.floor(sinceMs / DAY_MS) % 7 >= 5
}
