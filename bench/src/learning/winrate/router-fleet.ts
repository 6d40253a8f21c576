// Winrate itself: real routers through their public API, and snapshots from the worker's own aggregation. Only
// time, queue and storage (rollup-store.ts) are simulated.
import {
  type CatalogueEntry,
  createRouter,
  type Outcome,
  type OutcomeSink,
  type Policy,
  type Preference,
  type Router,
  type RouterOptions,
} from '@winrate/router-client'
import { type ManualClock, manualClock, staticSource } from '@winrate/router-client/testing'
import {
  type OutcomeMessage,
  readReference,
  type SealedBatch,
} from '@winrate/shared-schema/contracts'
import type {
  CallOutcome,
  Choice,
  Fleet,
  FleetRequest,
  MakeFleet,
  Observation,
  Solved,
  Watch,
  World,
} from '../fleet/fleet.ts'
import { instanceName, learnedOf } from './learned.ts'
import { createSnapshotMaker, type SnapshotMaker } from './snapshot-maker.ts'

export interface RouterFleetOptions {
  readonly policy: Policy
  /** What requests prefer besides success. Default: nothing. */
  readonly prefer?: Preference
}

interface Instance {
  readonly router: Router
  /** Gives the router the newest snapshot. */
  catchUp(nowMs: number): void
}

interface FleetParts extends RouterFleetOptions {
  readonly world: World
  readonly seed: number
  readonly clock: ManualClock
  readonly maker: SnapshotMaker
}

/** Longer than any run, because an instance without requests applies its snapshots late. */
const NEVER_STALE_MS = 2_000_000_000
/** Gives a router time for its background work after an outcome. */
const BACKGROUND_TURNS = 8

/**
 * Instances apply the newest snapshot at their next request. This makes the same decisions as applying each
 * snapshot at once, and is much faster.
 */
export function routerFleet(options: RouterFleetOptions): MakeFleet {
  return (world, seed, watch) => createRouterFleet({ ...options, world, seed }, watch)
}

function createRouterFleet(given: Omit<FleetParts, 'clock' | 'maker'>, watch?: Watch): Fleet {
  const { world } = given
  let clock: ManualClock | undefined
  let parts: FleetParts | undefined
  let instances: (Instance | undefined)[] = []
  const unsent = new Set<Router>()
  let lives = 0
  const defaults = defaultsOf(world)
  const maker = createSnapshotMaker(
    given.policy,
    watch && ((published) => watch(learnedOf(published, world, defaults))),
  )
  const inputs = world.models.map(({ provider, model }) => ({ provider, model }))
  const indices = new Map(inputs.map(({ provider, model }, at) => [`${provider}\0${model}`, at]))

  function advance(atMs: number): FleetParts {
    clock ??= manualClock(atMs)
    parts ??= { ...given, clock, maker }
    if (atMs > clock.now()) clock.advance(atMs - clock.now())
    return parts
  }

  function instanceAt(number: number, atMs: number): Instance {
    const known = instances[number]
    if (known !== undefined) return known
    const begun = beginInstance(number, lives, advance(atMs))
    instances[number] = begun
    return begun
  }

  async function end(ended: readonly (Instance | undefined)[]): Promise<void> {
    await Promise.all(ended.map((instance) => instance?.router.close()))
  }

  return {
    choose(request) {
      advance(request.atMs)
      const instance = instanceAt(request.instance, request.atMs)
      instance.catchUp(request.atMs)
      return decide(instance.router, request)
    },
    async solve(request, call) {
      advance(request.atMs)
      const { router, catchUp } = instanceAt(request.instance, request.atMs)
      catchUp(request.atMs)
      unsent.add(router)
      const taskType = world.taskTypes[request.taskType] ?? ''
      const candidates = request.candidates.flatMap((model) => inputs[model] ?? [])
      const modelOf = ({ provider, model }: CalledModel) =>
        indices.get(`${provider}\0${model}`) ?? -1
      return solve(router, { taskType, candidates, prefer: given.prefer }, modelOf, call)
    },
    record(observation) {
      advance(observation.atMs)
      if (observation.decisionId === undefined && observation.described !== true) {
        maker.enqueue(messageOf(observation, world), observation.atMs)
        return
      }
      const { router } = instanceAt(observation.instance, observation.atMs)
      unsent.add(router)
      const result = router.recordPreference(preferenceOf(observation, world))
      if (result === 'dropped') throw new Error('an outcome was dropped')
    },
    async idle() {
      // The router's own turn of the event loop has no defined place in simulated time.
      await Promise.all([...unsent].map((router) => router.flush()))
      unsent.clear()
      for (let turn = 0; turn < BACKGROUND_TURNS; turn += 1) await Promise.resolve()
    },
    restart() {
      void end(instances)
      instances = []
      lives += 1
    },
    close: () => end(instances),
  }

  function decide(router: Router, { taskType, candidates, details = {} }: FleetRequest): Choice {
    const { messages = '', named = candidates, risk, sessionKey, team } = details
    const decision = router.route(messages, world.taskTypes[taskType] ?? '', {
      candidates: named.flatMap((model) => inputs[model] ?? []),
      ...{ prefer: given.prefer, risk, sessionKey, context: { team } },
    })
    const model = indices.get(`${decision.provider}\0${decision.model}`)
    if (model === undefined || !candidates.includes(model) || decision.problems !== undefined) {
      throw new Error(`chose ${decision.provider}/${decision.model} (${decision.reason})`)
    }
    const path = readReference(decision.reference)?.task_type
    return { model, decisionId: decision.decisionId, path }
  }
}

interface CalledModel {
  readonly provider: string
  readonly model: string
}

/** Calls models through the router until an answer is good. */
async function solve(
  router: Router,
  request: {
    readonly taskType: string
    readonly candidates: readonly CalledModel[]
    readonly prefer: Preference | undefined
  },
  modelOf: (called: CalledModel) => number,
  call: (model: number) => CallOutcome,
): Promise<Solved> {
  const { taskType, ...options } = request
  let costUsd: number | undefined = 0
  const { answered, result } = await router.call(
    ...([taskType, ''] as const),
    (attempt) => {
      const outcome = call(modelOf(attempt))
      const known = costUsd !== undefined && outcome.costUsd !== undefined
      costUsd = known ? Number(costUsd) + Number(outcome.costUsd) : undefined
      return outcome
    },
    {
      ...options,
      verify: ({ success }) => success,
      // The data has no tokens.
      usageOf: ({ costUsd: cost }) =>
        cost === undefined ? undefined : { inputTokens: 1, outputTokens: 1, cost },
    },
  )
  return { model: modelOf(answered), success: result.success, costUsd }
}

function beginInstance(number: number, life: number, parts: FleetParts): Instance {
  const { world, seed, clock, maker } = parts
  const source = staticSource()
  const router = createRouter({
    snapshots: source,
    outcomes: queueSink(maker, clock),
    instanceId: instanceName(number),
    defaults: { replace: true, entries: defaultsOf(world) },
    // The data uses the providers' names of models, so no catalogue may rename them.
    catalogue: { replace: true, entries: catalogueOf(world) },
    seed: `${seed} ${number} ${life}`,
    prompts: 'none',
    // Sends at once; the simulated queue delays the outcomes.
    buffer: { batchSize: 1, maxInFlight: 1_000 },
    staleAfterMs: NEVER_STALE_MS,
    clock,
  })
  let version = 0
  return {
    router,
    catchUp(nowMs) {
      const newest = maker.newest(nowMs)
      if (newest.version === version) return
      version = newest.version
      source.publish(newest)
    },
  }
}

/** Accepts batches like the queue, but at once and without failures. */
function queueSink(maker: SnapshotMaker, clock: ManualClock): OutcomeSink {
  return {
    async send({ text }) {
      // Not validated: the client wrote it, and validation would take longer than everything else.
      const batch: SealedBatch = JSON.parse(text)
      const [outcome, ...others] = batch.outcomes
      if (others.length > 0) throw new Error('not one outcome')
      if (batch.decided !== undefined) maker.enqueueDecided(batch, clock.now())
      if (outcome === undefined) return { status: 'sent' }
      return { status: 'sent', messageId: maker.enqueue(outcome, clock.now()) }
    },
    async close() {},
  }
}

function defaultsOf(world: World): NonNullable<DefaultTable> {
  return Object.fromEntries(
    world.taskTypes.flatMap((taskType, at) => {
      const assumed = world.defaults[at]
      const model = assumed === undefined ? undefined : world.models[assumed.model]?.model
      if (assumed === undefined || model === undefined) return []
      return [[taskType, { [model]: assumed.winRate }]]
    }),
  )
}

/** Models with a limit on prompts; a model without an entry is still a candidate. */
function catalogueOf({ models }: World): CatalogueEntry[] {
  return models.flatMap(({ provider, model, contextTokens }) =>
    contextTokens === undefined ? [] : [{ key: model, provider, model, contextTokens }],
  )
}

type DefaultTable = Exclude<RouterOptions['defaults'], { readonly replace: true } | undefined>

function preferenceOf(observation: Observation, world: World): Outcome {
  const { decisionId = '', success, quality, responseTimeMs, costUsd } = observation
  return {
    ...(observation.described === true ? describedCall(observation, world) : { decisionId }),
    success,
    ...(quality === undefined ? {} : { qualityScore: quality }),
    ...(responseTimeMs === undefined ? {} : { responseTimeMs }),
    ...(costUsd === undefined ? {} : { costUsd }),
  }
}

function describedCall({ taskType, model }: Observation, { taskTypes, models }: World) {
  const { provider = '', model: name = '' } = models[model] ?? {}
  return { taskType: taskTypes[taskType] ?? '', provider, model: name }
}

/** An outcome that bypasses the router: it counts for the fleet, not for the instance's own outcomes. */
function messageOf(observation: Observation, { taskTypes, models }: World): OutcomeMessage {
  const named = models[observation.model]
  return {
    task_type: taskTypes[observation.taskType] ?? '',
    model_name: named?.model ?? '',
    provider: named?.provider,
    instance_id: instanceName(observation.instance),
    success: observation.success,
    ...(observation.claimedPropensity === undefined
      ? {}
      : { propensity: observation.claimedPropensity }),
  }
}
