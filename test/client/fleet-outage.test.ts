// An outage as a fleet meets it: 20 routers that call by a manual clock, and the worker's judgement of what they report.
import { type ArrivedCalls, judgeAvailability } from '@winrate/central-worker/testing'
import { createRouter, type Router } from '@winrate/router-client'
import {
  manualClock,
  recordingSink,
  snapshotTextFromTable,
  staticSource,
} from '@winrate/router-client/testing'
import { afterEach, expect, test, vi } from 'vitest'
import { uniformAt } from '../../packages/router-client/src/runtime/random.ts'
import {
  type Fate,
  settled,
  shareOf,
  simulateCalls,
} from '../../packages/router-client/test-support/simulated-provider.ts'

const MINUTE_MS = 60_000
/** Ingest folds what has arrived at most so often. */
const FOLD_MS = 10_000
/** So much is judged. */
const KEPT_SECONDS = 300
const SEED = 1
const ROUTERS = 20
const candidates = [
  { provider: 'p1', model: 'best' },
  { provider: 'p2', model: 'second' },
]
const rows = candidates.map(({ provider, model }, at) => ({
  ...{ taskType: 'coding', provider, model, samples: 1_000, successes: 900 - 100 * at },
}))
const policy = { kind: 'thompson', exploration: 0.005, costWeight: 0 }

const open: Router[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const router of open.splice(0)) await router.close({ timeoutMs: 1 })
})

/** A router with what it reports, as the worker gets it. */
function createMember(clock: ReturnType<typeof manualClock>, place: number) {
  const sink = recordingSink()
  const source = staticSource()
  const router = createRouter({
    ...{ clock, seed: place, outcomes: sink, snapshots: source, logger: false },
  })
  open.push(router)
  let taken = 0
  return {
    ...{ router, source },
    arrived(): Omit<ArrivedCalls, 'ageSeconds'>[] {
      const outcomes = sink.outcomes().slice(taken)
      taken += outcomes.length
      return outcomes.map(({ model_name: modelName, provider = '', failure }) => ({
        ...{ modelName, provider, instanceId: `router-${place}`, isNew: false },
        ...{ calls: 1, failed: failure === undefined ? 0 : 1 },
      }))
    },
  }
}

/** Routers with a request each five seconds, and a tick of the worker each minute from `firstTickMs` on. */
async function startFleet(firstTickMs: number, fateOf: (model: string, atMs: number) => Fate) {
  const clock = manualClock()
  const startMs = clock.now()
  const members = Array.from({ length: ROUTERS }, (_, place) => createMember(clock, place))
  const routers = members.map(({ router }) => router)
  const folds: (Omit<ArrivedCalls, 'ageSeconds'> & { readonly atMs: number })[] = []
  let version = 0

  function fold(): void {
    const atMs = clock.now()
    for (const member of members) {
      folds.push(...member.arrived().map((calls) => ({ ...calls, atMs })))
    }
  }

  async function tick(): Promise<void> {
    fold()
    const nowMs = clock.now()
    const failing = judgeAvailability(
      folds
        .map(({ atMs, ...calls }) => ({ ...calls, ageSeconds: (nowMs - atMs) / 1_000 }))
        .filter(({ ageSeconds }) => ageSeconds < KEPT_SECONDS),
    )
    version += 1
    const text = snapshotTextFromTable(rows, {
      ...{ version, policy, createdAt: new Date(nowMs).toISOString() },
      availability: failing.map(({ modelName: name, provider, availability: share }) => ({
        ...{ name, provider, share },
      })),
    })
    for (const { source } of members) source.publish(text)
    while (routers.some((router) => router.status().snapshot?.version !== version)) await settled()
  }

  const simulation = simulateCalls(clock, ({ modelName }) =>
    fateOf(modelName, clock.now() - startMs),
  )
  await tick()
  return {
    async run(minutes: number): Promise<void> {
      for (let step = 0; step < (minutes * MINUTE_MS) / FOLD_MS; step += 1) {
        await simulation.run(routers, { everyMs: 5_000, forMs: FOLD_MS, candidates })
        if ((clock.now() - startMs - firstTickMs) % MINUTE_MS === 0) await tick()
        else fold()
      }
    },
    firstCalls: (fromMinute: number, toMinute: number) =>
      simulation.firstCalls.filter(({ atMs }) => {
        const minute = (atMs - startMs) / MINUTE_MS
        return minute >= fromMinute && minute < toMinute
      }),
  }
}

const isBest = ({ model }: { model: string }) => model === 'best'
const answer: Fate = { afterMs: 2_000 }
const refused: Fate = {
  afterMs: 100,
  error: Object.assign(new Error('unavailable'), { status: 503 }),
}
const hung: Fate = { afterMs: 30_000, error: new DOMException('took too long', 'TimeoutError') }

test.each([
  ['fails at once, with a tick half a minute later', refused, 30_000],
  ['hangs, with a tick as it ends', hung, 0],
] as const)(
  'a fleet calls a provider that %s little for ten minutes, and is back with the second tick',
  async (_, fate, firstTickMs) => {
    let drawn = 0
    // Pauses are jittered by it.
    vi.spyOn(Math, 'random').mockImplementation(() => uniformAt(SEED, drawn++))
    const isDown = (model: string, atMs: number) =>
      model === 'best' && atMs >= 2 * MINUTE_MS && atMs < 12 * MINUTE_MS
    const { run, firstCalls } = await startFleet(firstTickMs, (model, atMs) =>
      isDown(model, atMs) ? fate : answer,
    )
    await run(15)
    const usual = shareOf(firstCalls(0, 2), isBest)
    expect(usual).toBeGreaterThan(0.9)
    const during = firstCalls(2, 12)
    expect(during).toHaveLength(2_400)
    expect(shareOf(during, isBest)).toBeLessThan(0.05)
    const secondTick = 12 + 1 + firstTickMs / MINUTE_MS
    expect(shareOf(firstCalls(secondTick, secondTick + 1), isBest)).toBeGreaterThan(0.9 * usual)
  },
)
