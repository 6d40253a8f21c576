// Any interleaving of recording, sending, losing answers, ingest, ticks, late snapshots, restarts of the
// agent and restores of the database, against a small model of queue and worker: an outcome is never in
// the overlay and in the applied snapshot at once, and none is missing for longer than it must.
import { sealedBatchSchema, uuidV7 } from '@winrate/shared-schema/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTestRecorder } from '../../test-support/recorder.ts'
import type { OutcomeSink, SendResult } from '../outcomes/sinks/outcome-sink.ts'
import { manualClock } from '../testing/manual-clock.ts'
import type { AppliedSnapshot } from './overlay.ts'

/** What a send meets, beside 'ack'. */
const troubles = [
  'ack-later', // stored now, answered at the action `answer`
  'store-later', // stored and answered at `answer`
  'commit-later', // numbered now, stored and answered at `answer`
  'cut-later', // stored at `answer`, and never answered
  'lost', // stored, and never answered
  'down',
  'no-id',
  'rejected',
  'too-large',
] as const
type Manner = 'ack' | (typeof troubles)[number]

interface Message {
  readonly id: number
  /** Names of the models in it: each outcome of this test, with its corrections, has one of its own. */
  readonly models: readonly string[]
}

interface Stored {
  nextId: number
  queue: readonly Message[]
  counted: ReadonlySet<string>
}

interface Published {
  readonly facts: AppliedSnapshot
  readonly counted: ReadonlySet<string>
  /** What waits although its id is below the watermark. */
  readonly doubtful: readonly string[]
}

/** Queue and worker. */
function createFleet() {
  let stored: Stored = { nextId: 1, queue: [], counted: new Set() }
  let backup = stored
  let epoch = 1
  const snapshots: Published[] = []
  function publish(counted: ReadonlySet<string>, facts: Partial<AppliedSnapshot>): void {
    const version = snapshots.length + 1
    const { queueWatermark = 0 } = facts
    snapshots.push({
      counted,
      doubtful: stored.queue.filter(({ id }) => id < queueWatermark).flatMap((each) => each.models),
      facts: { epoch: `epoch ${epoch}`, version, windowDays: 7, ...facts },
    })
  }
  return {
    snapshots,
    epoch: () => `epoch ${epoch}`,
    newId() {
      stored = { ...stored, nextId: stored.nextId + 1 }
      return stored.nextId - 1
    },
    insert(message: Message) {
      const queue = [...stored.queue, message].sort((one, other) => one.id - other.id)
      stored = { ...stored, queue }
    },
    /** Another consumer may hold the first ones. */
    ingest({ skipped = 0, count }: { skipped?: number; count: number }) {
      const taken = stored.queue.slice(skipped, skipped + count)
      const counted = new Set([...stored.counted, ...taken.flatMap((message) => message.models)])
      const queue = stored.queue.filter((message) => !taken.includes(message))
      stored = { ...stored, queue, counted }
    },
    tick(manner: 'usual' | 'old-worker' | 'pinned') {
      const pinned = snapshots.at(-3)
      if (manner === 'pinned' && pinned?.facts.epoch === `epoch ${epoch}`) {
        const { queueWatermark, version: pinnedFrom } = pinned.facts
        publish(pinned.counted, { queueWatermark, pinnedFrom })
        return
      }
      // The id from which on everything is known to wait: no greater one is counted.
      let queueWatermark = stored.nextId
      while (stored.queue.some(({ id }) => id === queueWatermark - 1)) queueWatermark -= 1
      publish(stored.counted, manner === 'old-worker' ? {} : { queueWatermark })
    },
    backUp() {
      backup = stored
    },
    restore() {
      stored = backup
      epoch += 1
    },
  }
}

/** One life after another of an agent, on a clock that goes on. */
function createAgent(fleet: ReturnType<typeof createFleet>) {
  const clock = manualClock()
  const manners: Manner[] = []
  /** Ends of sends that are held back. */
  const held: (() => void)[] = []
  /** Outcomes with trouble: for those not all promises hold. */
  const troubled = new Set<string>()
  const lost = new Set<string>()
  const onTheirWay = new Map<string, number>()
  const ids = new Map<string, string[]>()
  let applied = -1
  let life = begin()

  function send(models: readonly string[]): SendResult | Promise<SendResult> {
    const manner = manners.shift() ?? 'ack'
    const trouble = () => {
      for (const model of models) troubled.add(model)
    }
    const store = (id = fleet.newId()): SendResult => {
      fleet.insert({ id, models })
      return { status: 'sent', messageId: id }
    }
    const unknown: SendResult = { status: 'retry', problem: manner }
    const epoch = fleet.epoch()
    // No connection outlives a restore.
    const later = (end: () => SendResult) =>
      new Promise<SendResult>((resolve) => {
        held.push(() => resolve(fleet.epoch() === epoch ? end() : unknown))
      })
    if (!['ack', 'ack-later', 'store-later', 'too-large'].includes(manner)) trouble()
    switch (manner) {
      case 'ack':
        return store()
      case 'ack-later': {
        const result = store()
        return later(() => result)
      }
      case 'store-later':
        return later(() => store())
      case 'commit-later': {
        const id = fleet.newId()
        return later(() => store(id))
      }
      case 'cut-later':
        return later(() => {
          store()
          return unknown
        })
      case 'lost':
        store()
        return unknown
      case 'no-id':
        store()
        return { status: 'sent' }
      case 'rejected':
        for (const model of models) lost.add(model)
        return { status: 'rejected', problem: manner }
      case 'too-large':
        if (models.length > 1) return { status: 'too-large' }
        return store()
      default:
        return unknown
    }
  }

  function begin() {
    const state = { dead: false }
    const sink: OutcomeSink = {
      async send({ text }) {
        if (state.dead) return new Promise(() => undefined)
        const { outcomes } = sealedBatchSchema.parse(JSON.parse(text))
        const models = outcomes.map((outcome) => outcome.model_name)
        for (const model of models) onTheirWay.set(model, (onTheirWay.get(model) ?? 0) + 1)
        try {
          return await send(models)
        } finally {
          for (const model of models) onTheirWay.set(model, (onTheirWay.get(model) ?? 0) - 1)
        }
      },
      async close() {},
    }
    const buffer = {
      ...{ capacity: 12, maxBytes: 1e6, batchSize: 3, batchBytes: 1e5 },
      ...{ flushIntervalMs: 1_000, maxInFlight: 2 },
    }
    return { state, ...createTestRecorder(clock, sink, { buffer }) }
  }

  function record(model: string, outcomeId: string, corrects: string | undefined): void {
    const recorded = life.recorder.record({
      taskType: 'chat',
      model,
      success: true,
      outcomeId,
      ...(corrects === undefined ? {} : { corrects }),
    })
    if (recorded === 'queued') return
    troubled.add(model)
    if (!ids.has(model)) lost.add(model)
  }

  return {
    clock,
    manners,
    held,
    troubled,
    lost,
    onTheirWay,
    models: () => [...ids.keys()],
    applied: () => fleet.snapshots[applied],
    shown: (model: string) =>
      life.overlay.cell('chat', { provider: 'unknown', modelName: model }).pending().mass,
    flush: () => life.recorder.flush(1),
    recordNew() {
      const model = `m${ids.size}`
      const id = uuidV7(clock.now())
      record(model, id, undefined)
      ids.set(model, [id])
    },
    recordMore(nth: number, kind: 'again' | 'correction') {
      const model = `m${nth % Math.max(1, ids.size)}`
      const known = ids.get(model)
      const [first] = known ?? []
      if (known === undefined || first === undefined) return
      troubled.add(model)
      if (kind === 'again') {
        record(model, known[nth % known.length] ?? first, undefined)
        return
      }
      const id = uuidV7(clock.now())
      record(model, id, first)
      known.push(id)
    },
    apply(skipped: number) {
      const next = Math.min(applied + 1 + skipped, fleet.snapshots.length - 1)
      const snapshot = fleet.snapshots[next]
      if (snapshot === undefined || next <= applied) return
      if (idsRestart(snapshot.facts)) for (const model of ids.keys()) troubled.add(model)
      for (const model of snapshot.doubtful) troubled.add(model)
      applied = next
      life.overlay.snapshotApplied(snapshot.facts)
    },
    /** Killed, and started again with the snapshot that was in use. */
    restart() {
      for (const model of ids.keys()) troubled.add(model)
      for (const model of ids.keys()) if (!isCounted(model)) lost.add(model)
      life.state.dead = true
      clock.advance(1)
      life = begin()
      const snapshot = fleet.snapshots[applied]
      if (snapshot !== undefined) life.overlay.snapshotApplied(snapshot.facts)
    },
    restore() {
      for (const model of ids.keys()) troubled.add(model)
      for (const model of ids.keys()) lost.add(model)
      fleet.restore()
    },
  }

  /** A new epoch, or a message that was committed late: ids say nothing for a tick. */
  function idsRestart({ epoch, queueWatermark = 0 }: AppliedSnapshot): boolean {
    const before = fleet.snapshots[applied]?.facts
    if (before === undefined) return false
    return before.epoch !== epoch || queueWatermark < (before.queueWatermark ?? 0)
  }

  function isCounted(model: string): boolean {
    return fleet.snapshots[applied]?.counted.has(model) === true
  }
}

const nth = fc.nat({ max: 30 })
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('record' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: nth }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('ingest' as const), count: nth }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('ingest' as const),
      count: nth,
      skipped: fc.nat({ max: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('tick' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('apply' as const), skipped: fc.nat({ max: 3 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('answer' as const), nth }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('trouble' as const),
      manner: fc.constantFrom(...troubles, 'ack' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('again' as const), nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('correction' as const), nth }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('restart', 'back-up', 'restore', 'old-worker', 'pinned'),
    }),
  },
)
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

test('an outcome is never counted twice, nor missing for longer than it must', async () => {
  const seen = { shown: 0, contained: 0, missing: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 80, size: 'max' }), async (actions) => {
      const fleet = createFleet()
      const agent = createAgent(fleet)
      // Once a snapshot without a watermark or a pinned one was in use, less is promised.
      let usual = true

      function perform(next: Action): void {
        switch (next.do) {
          case 'record':
            agent.recordNew()
            break
          case 'again':
          case 'correction':
            agent.recordMore(next.nth, next.do)
            break
          case 'advance':
            agent.clock.advance(next.ms * 100)
            break
          case 'ingest':
            fleet.ingest(next)
            break
          case 'tick':
            fleet.tick('usual')
            break
          case 'old-worker':
          case 'pinned':
            usual = false
            fleet.tick(next.do)
            break
          case 'apply':
            agent.apply(next.skipped)
            break
          case 'answer':
            for (const end of agent.held.splice(next.nth % (agent.held.length + 1), 1)) end()
            break
          case 'trouble':
            agent.manners.push(next.manner)
            break
          case 'restart':
            agent.restart()
            break
          case 'back-up':
            fleet.backUp()
            break
          case 'restore':
            agent.restore()
            break
        }
      }

      function look(): void {
        const applied = agent.applied()
        // Between a restore and the first snapshot after it, ids of both lines are about.
        const isSettled = (applied?.facts.epoch ?? 'epoch 1') === fleet.epoch()
        for (const model of agent.models()) {
          const shown = agent.shown(model)
          const contained = applied?.counted.has(model) === true ? 1 : 0
          expect(shown + contained, `${model} is counted twice`).toBeLessThanOrEqual(1)
          const onItsWay = (agent.onTheirWay.get(model) ?? 0) > 0
          if (usual && isSettled && !agent.troubled.has(model) && !onItsWay) {
            expect(shown + contained, `${model} is missing`).toBe(1)
          }
          seen.shown += shown
          seen.contained += contained
          seen.missing += 1 - shown - contained
        }
      }

      for (const next of actions) {
        perform(next)
        await settle()
        look()
      }

      // Everything comes to rest: then all that was not lost is in the snapshot, and nothing beside it.
      agent.manners.length = 0
      for (let round = 0; round < 20; round += 1) {
        for (const end of agent.held.splice(0)) end()
        agent.clock.advance(60_000)
        await settle()
      }
      fleet.ingest({ count: 1_000 })
      fleet.tick('usual')
      agent.apply(1_000)
      look()
      for (const model of agent.models()) {
        if (agent.lost.has(model)) continue
        expect(agent.shown(model), `${model} stays`).toBe(0)
        expect(agent.applied()?.counted.has(model), `${model} never arrived`).toBe(true)
      }
    }),
    { numRuns: 200 },
  )
  // The runs came to all that is promised.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(500)
})
