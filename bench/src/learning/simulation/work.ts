import { type Random, seededRandom } from '@winrate/demo/random/seeded-random'
import type { RequestDetails } from '../fleet/fleet.ts'
import { derivedSeed } from '../random/derived-seed.ts'
import { normalDraw } from '../random/random-draws.ts'
import type { Scenario } from './scenario.ts'

/** What a request asks for, and how hard it is. */
export interface RequestedWork {
  /** In logits; the higher, the easier for every model. */
  readonly shift: number
  /** The model that its instance calls without asking the router. */
  readonly pinnedTo?: number
  /** The models that its messages leave. Default: all. */
  readonly models?: readonly number[]
  readonly risk?: RequestDetails['risk']
  readonly sessionKey?: string
  /** The team that it comes from, where requests tell. */
  readonly team?: string
}

/** Longest prompt of the models that take no long ones. */
export const SHORT_CONTEXT_TOKENS = 1_000
/** Several times as many tokens, however a client estimates them. */
export const longMessages = 'word '.repeat(4 * SHORT_CONTEXT_TOKENS)

/** The work of each request in turn. Depends on the seed alone. */
export function createWork({ work = {}, instances }: Scenario, seed: number) {
  const drawnFor = (use: string) => seededRandom(derivedSeed(seed, use))
  const { instanceSd = 0, sessions, pinned, highRisk, longContext } = work
  const ofInstance = normals(instances, instanceSd, drawnFor('instances'))
  const session = sessions && createSessions(sessions, drawnFor('sessions'))
  const kinds = drawnFor('kinds')
  return (instance: number, sinceMs: number): RequestedWork => {
    const shift = (work.shiftAt?.(instance, sinceMs) ?? 0) + (ofInstance[instance] ?? 0)
    const kind = kinds()
    if (pinned !== undefined && instance < pinned.instances) {
      return { shift: shift + pinned.shift, pinnedTo: pinned.model }
    }
    if (highRisk !== undefined && kind < highRisk.share) {
      return { shift: shift + highRisk.shift, risk: 'high' }
    }
    if (longContext !== undefined && kind < longContext.share) {
      return { shift: shift + longContext.shift, models: longContext.models }
    }
    if (work.teamOf !== undefined) return { shift, team: work.teamOf(instance) }
    if (session === undefined) return { shift }
    const current = session(instance)
    return { shift: shift + current.shift, sessionKey: current.key }
  }
}

function normals(count: number, sd: number, random: Random): readonly number[] {
  return Array.from({ length: count }, () => (sd === 0 ? 0 : sd * normalDraw(random)))
}

interface Session {
  readonly key: string
  readonly shift: number
  left: number
}

/** Each instance has one session at a time. */
function createSessions({ length, sd }: { length: number; sd: number }, random: Random) {
  const current: (Session | undefined)[] = []
  let begun = 0
  return (instance: number): Session => {
    let session = current[instance]
    if (session === undefined || session.left === 0) {
      begun += 1
      session = { key: `session-${begun}`, shift: sd * normalDraw(random), left: length }
      current[instance] = session
    }
    session.left -= 1
    return session
  }
}

/** A probability, moved by a number of logits. */
export function shifted(rate: number, shift: number): number {
  if (shift === 0) return rate
  return 1 / (1 + ((1 - rate) / rate) * Math.exp(-shift))
}
