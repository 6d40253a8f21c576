// What dies when. The same options give the same plan: faults happen after so many recorded outcomes, not at a
// time, so a slow machine sees the same faults under the same share of the load.
import { type Random, seededRandom } from '@winrate/demo/random/seeded-random'

export interface CrashOptions {
  /** Outcomes that the producers make in all, poison included. */
  readonly outcomes: number
  /** Outcomes per second, over all producers. */
  readonly rate: number
  readonly seed: number
  readonly workers: number
  readonly intervalMs: number
  /** SIGKILLs of workers. */
  readonly kills: number
  /** SIGSTOPs of workers, each with a SIGCONT some seconds later. */
  readonly freezes: number
  readonly postgresRestarts: number
  readonly redisRestarts: number
  /** SIGKILLs of the one client that does not end in order. */
  readonly agentKills: number
}

/**
 * How Postgres ends: `everything` and `postmaster` are SIGKILLs, of all its processes or of the first alone;
 * `immediate` is a crash that Postgres notices.
 */
export type PostgresEnd = 'everything' | 'postmaster' | 'immediate' | 'fast'
/** How Redis ends: killed or stopped, or killed without anything left on disk. */
export type RedisEnd = 'emptied' | 'killed' | 'stopped'

/** `downMs` is how long the process stays away, or still. */
export type Fault = { readonly atOutcome: number; readonly downMs: number } & (
  | { readonly kind: 'kill-worker' | 'freeze-worker'; readonly worker: number }
  | { readonly kind: 'kill-agent' }
  | { readonly kind: 'restart-postgres'; readonly end: PostgresEnd }
  | { readonly kind: 'restart-redis'; readonly end: RedisEnd }
)

/** Two of six are SIGKILLs. */
const postgresEnds: readonly PostgresEnd[] = [
  'everything',
  'fast',
  'postmaster',
  'immediate',
  'fast',
  'immediate',
]
const redisEnds: readonly RedisEnd[] = ['emptied', 'killed', 'stopped']

export function planFaults(options: CrashOptions): readonly Fault[] {
  const random = seededRandom(options.seed)
  const at = () => Math.round(options.outcomes * (0.05 + 0.9 * random()))
  const worker = () => Math.floor(random() * options.workers)
  const repeat = <T>(count: number, make: (at: number) => T) =>
    Array.from({ length: count }, (_, number) => make(number))
  return [
    ...repeat(options.kills, () => ({
      kind: 'kill-worker' as const,
      ...{ atOutcome: at(), worker: worker(), downMs: between(random, 0, 1_500) },
    })),
    ...repeat(options.freezes, () => ({
      kind: 'freeze-worker' as const,
      ...{ atOutcome: at(), worker: worker(), downMs: between(random, 1_000, 8_000) },
    })),
    ...repeat(options.agentKills, () => ({
      kind: 'kill-agent' as const,
      ...{ atOutcome: at(), downMs: between(random, 0, 1_000) },
    })),
    ...repeat(options.postgresRestarts, (number) => ({
      kind: 'restart-postgres' as const,
      ...{ atOutcome: at(), downMs: between(random, 0, 3_000) },
      end: pick(postgresEnds, number),
    })),
    ...repeat(options.redisRestarts, (number) => ({
      kind: 'restart-redis' as const,
      ...{ atOutcome: at(), downMs: between(random, 0, 3_000) },
      end: pick(redisEnds, number),
    })),
  ].sort((one, other) => one.atOutcome - other.atOutcome)
}

export function between(random: Random, least: number, most: number): number {
  return Math.round(least + random() * (most - least))
}

/** The entry at this place of the list, which begins again after its end. */
export function pick<T>(list: readonly T[], place: number): T {
  const entry = list[place % list.length]
  if (entry === undefined) throw new Error('the list is empty')
  return entry
}
