// Holds what the limits of a project and of its tokens say, on this replica alone: another one counts for itself.
// Guarantees: without limits nothing is counted and nothing looked up; a refusal says when to try again, and what is sent
// again then passes; a new name that is over a limit costs only the outcomes that have it, which become dead letters.
import type { Limits } from '@winrate/shared-schema/http'
import { Counter, type Registry } from 'prom-client'
import { type Bucket, createBucket } from './bucket.ts'
import { createKnownNames, type KnownNamesDependencies, type NewNames } from './known-names.ts'
import type { ReachedLimit } from './limit-recorder.ts'
import { type LimitKind, limitKinds } from './limit-text.ts'

export interface WorkLimitsOptions extends KnownNamesDependencies {
  /** Of the whole project. */
  readonly limits: Limits
  readonly registry: Registry
  /** Called at each refusal. */
  readonly onReached?: (reached: ReachedLimit) => void
}

/** Who asks. */
export interface LimitedBearer {
  readonly token?: { readonly id: string; readonly label: string; readonly limits: Limits }
}

/** A request that has to wait. */
export class LimitError extends Error {
  override readonly name = 'LimitError'
  readonly limit: string
  readonly retryAfterS: number

  constructor(limit: string, message: string, retryAfterS: number) {
    super(message)
    this.limit = limit
    this.retryAfterS = retryAfterS
  }
}

/** An outcome that has a new name which is over a limit. */
export interface OverLimit {
  /** Place among the outcomes of the message, from 0. */
  readonly index: number
  /** Reason of its dead letter. */
  readonly reason: string
  readonly outcome: unknown
}

export type WorkLimits = ReturnType<typeof createWorkLimits>

/** What was not used for so long may come at once. */
const BURST_S = 10
const DAY_S = 86_400
/** A stream that is refused polls meanwhile. */
const STREAM_RETRY_S = 30

export function createWorkLimits(options: WorkLimitsOptions) {
  const { limits: ofProject, registry, nowMs, onReached = () => {} } = options
  const reached = new Counter({
    name: 'winrate_limits_reached_total',
    help: 'Requests refused, and of new names outcomes rejected, because of a limit, by limit and by whose it is: project or token',
    labelNames: ['limit', 'of'],
    registers: [registry],
  })
  const names = createKnownNames(options)
  const project = holds(ofProject) ? [createHolder(null, ofProject, nowMs)] : []
  const byToken = new Map<string, Holder>()

  function holdersOf({ token }: LimitedBearer): readonly Holder[] {
    if (token === undefined || !holds(token.limits)) return project
    let holder = byToken.get(token.id)
    if (holder === undefined) {
      holder = createHolder(token, token.limits, nowMs)
      byToken.set(token.id, holder)
    }
    return [holder, ...project]
  }

  function count({ of, token, limits }: Holder, kind: LimitKind): void {
    const { name } = limitKinds[kind]
    reached.inc({ limit: name, of })
    onReached({ token, limit: name, most: limits[kind] ?? 0 })
  }

  function check(holders: readonly Holder[], kind: 'outcomesPerSecond' | 'bytesPerSecond'): void {
    for (const holder of holders) {
      const { of, limits, buckets } = holder
      const waitS = buckets[kind]?.waitSeconds() ?? 0
      if (waitS === 0) continue
      const { name } = limitKinds[kind]
      count(holder, kind)
      const seconds = Math.ceil(waitS)
      throw new LimitError(
        name,
        `This ${of} may send ${limits[kind]} ${name} a second to this replica. Try again in ${seconds} s.`,
        seconds,
      )
    }
  }

  function isOver(holders: readonly Holder[], kind: NameKind, names: number): boolean {
    if (names === 0) return false
    const full = holders.filter(({ buckets }) => (buckets[kind]?.waitSeconds() ?? 0) > 0)
    for (const holder of full) count(holder, kind)
    return full.length > 0
  }

  return {
    /** What the whole project may do. */
    ofProject,
    /**
     * Before its body is read.
     *
     * @throws LimitError where more was sent already than may be.
     */
    admit(bearer: LimitedBearer): void {
      const holders = holdersOf(bearer)
      if (holders.length === 0) return
      check(holders, 'outcomesPerSecond')
      check(holders, 'bytesPerSecond')
    },
    /**
     * Counts what was sent.
     *
     * @throws LimitError, and counts nothing, where others have used it up since it was admitted.
     */
    take(bearer: LimitedBearer, sent: { readonly outcomes: number; readonly bytes: number }): void {
      const holders = holdersOf(bearer)
      if (holders.length === 0) return
      check(holders, 'outcomesPerSecond')
      check(holders, 'bytesPerSecond')
      for (const { buckets } of holders) {
        buckets.outcomesPerSecond?.take(sent.outcomes)
        buckets.bytesPerSecond?.take(sent.bytes)
      }
    },
    /** The outcomes that bring in a name too many. Other names of theirs are not let in. */
    findOver(bearer: LimitedBearer, outcomes: readonly unknown[]): OverLimit[] {
      const holders = holdersOf(bearer).filter(({ limitsNames }) => limitsNames)
      if (holders.length === 0) return []
      names.refresh()
      return outcomes.flatMap((outcome, index) => {
        const found = names.newIn(outcome)
        const kind = nameKinds.find((kind) => isOver(holders, kind, found[kind].length))
        if (kind !== undefined) return [{ index, reason: reasons[kind], outcome }]
        for (const kind of nameKinds) {
          for (const { buckets } of holders) buckets[kind]?.take(found[kind].length)
        }
        names.letIn(found)
        return []
      })
    },
    /**
     * Counts a stream; call what it returns when the stream is over.
     *
     * @throws LimitError where as many are open as may be.
     */
    openStream(bearer: LimitedBearer): () => void {
      const holders = holdersOf(bearer).filter(({ limits }) => limits.streams !== undefined)
      for (const holder of holders) {
        const { of, limits, streams } = holder
        if (streams.size < (limits.streams ?? 0)) continue
        count(holder, 'streams')
        const message = `This ${of} may have ${limits.streams} streams open at this replica. Poll GET /v1/snapshot meanwhile.`
        throw new LimitError(limitKinds.streams.name, message, STREAM_RETRY_S)
      }
      const stream = {}
      for (const { streams } of holders) streams.add(stream)
      return () => {
        for (const { streams } of holders) streams.delete(stream)
      }
    },
  }
}

type NameKind = keyof NewNames

const nameKinds: readonly NameKind[] = ['taskTypesPerDay', 'modelsPerDay']

/** Reasons of dead letters. */
const reasons: Readonly<Record<NameKind, string>> = {
  taskTypesPerDay: 'task_type_over_limit',
  modelsPerDay: 'model_over_limit',
}

interface Holder {
  readonly of: 'project' | 'token'
  readonly token: ReachedLimit['token']
  readonly limits: Limits
  readonly limitsNames: boolean
  readonly buckets: Partial<Record<LimitKind, Bucket>>
  readonly streams: Set<object>
}

function createHolder(token: ReachedLimit['token'], limits: Limits, nowMs: () => number): Holder {
  const buckets: Partial<Record<LimitKind, Bucket>> = {}
  for (const kind of ['outcomesPerSecond', 'bytesPerSecond'] as const) {
    const most = limits[kind]
    if (most === undefined) continue
    buckets[kind] = createBucket({ perSecond: most, capacity: most * BURST_S, nowMs })
  }
  for (const kind of nameKinds) {
    const most = limits[kind]
    if (most === undefined) continue
    buckets[kind] = createBucket({ perSecond: most / DAY_S, capacity: most, nowMs })
  }
  const limitsNames = nameKinds.some((kind) => limits[kind] !== undefined)
  const of = token === null ? 'project' : 'token'
  return { of, token, limits, limitsNames, buckets, streams: new Set() }
}

function holds(limits: Limits): boolean {
  for (const _ in limits) return true
  return false
}
