import { sealedBatchSchema, uuidV7 } from '@winrate/shared-schema/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OwnOutcome } from '../../overlay/own-outcome.ts'
import type { RouterEvents } from '../../router.ts'
import { createEventHub } from '../../runtime/event-hub.ts'
import { silentLogger } from '../../runtime/logger.ts'
import { type ManualClock, manualClock } from '../../testing/manual-clock.ts'
import { type RecordingSink, recordingSink } from '../../testing/recording-sink.ts'
import type { SendResult } from '../sinks/outcome-sink.ts'
import { createDecidedHours } from './decided-hours.ts'
import { createDropCounter, type DropCounter } from './drop-counter.ts'
import { BufferedOutcome, type BufferLimits, type RecordedPrompt } from './outcome-buffer.ts'
import { OutcomeSender } from './outcome-sender.ts'

const limits: BufferLimits = {
  capacity: 100,
  maxBytes: 1_000_000,
  batchSize: 10,
  batchBytes: 100_000,
  flushIntervalMs: 1_000,
  maxInFlight: 2,
}

interface Bench {
  readonly sender: OutcomeSender
  readonly sink: RecordingSink
  readonly clock: ManualClock
  readonly drops: DropCounter
  readonly told: string[]
}

function bench(overrides: Partial<BufferLimits> = {}): Bench {
  const clock = manualClock()
  const sink = recordingSink()
  const events = createEventHub<RouterEvents>(silentLogger)
  const told: string[] = []
  const warn = (message: string): unknown => message === 'clock-wrong' && told.push(message)
  const drops = createDropCounter(warn, events)
  events.on('error', ({ problem }) => told.push(problem))
  events.on('recovered', () => told.push('recovered'))
  const sender = new OutcomeSender({
    sink,
    buffer: { ...limits, ...overrides },
    spoolFile: undefined,
    instanceId: 'i',
    sdk: 'test/1',
    clock,
    random: () => 0.5,
    drops,
    decided: createDecidedHours(),
    logger: silentLogger,
    warn,
    events,
  })
  return { sender, sink, clock, drops, told }
}

/** An own outcome that remembers what it was told. */
class HeardOutcome extends OwnOutcome {
  readonly heard: string[] = []

  constructor() {
    const nothing = (): void => undefined
    const snapshot = { watermark: undefined, idsRestarted: false, oldestMs: 0 }
    const result = { taskType: 'chat', asked: 'c', cell: 'c', reward: 1, atMs: 1 }
    super('id', { add: nothing, remove: nothing }, snapshot, result)
  }

  override sending(): void {
    this.heard.push('sending')
  }

  override sent(messageId: number | undefined): void {
    this.heard.push(`sent ${messageId}`)
  }

  override unconfirmed(): void {
    this.heard.push('unconfirmed')
  }

  override returned(): void {
    this.heard.push('returned')
  }

  override dropped(): void {
    this.heard.push('dropped')
  }
}

function outcome(name: string, own = new HeardOutcome(), prompt?: RecordedPrompt) {
  const message = {
    outcome_id: uuidV7(1),
    task_type: 'chat',
    model_name: name,
    success: true,
    instance_id: 'i',
  }
  return new BufferedOutcome(own, { message, prompt, recordedAtMs: 1 })
}

function addMany(sender: OutcomeSender, count: number): void {
  for (let at = 0; at < count; at += 1) sender.add(outcome(`m${at}`))
}

/** Lets everything that is not waiting for the clock happen. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

const names = (sink: RecordingSink) => sink.outcomes().map(({ model_name }) => model_name)

test('a full batch is sent at once, the rest when the interval has passed', async () => {
  const { sender, sink, clock } = bench()
  addMany(sender, 12)
  await settle()
  expect(sink.outcomes()).toHaveLength(10)
  clock.advance(1_000)
  await settle()
  expect(sink.batches().map(({ outcomes }) => outcomes.length)).toEqual([10, 2])
  expect(clock.pendingTimers()).toBe(0)
})

test('the interval ends when a full batch takes the last outcomes', async () => {
  const { sender, sink, clock } = bench()
  addMany(sender, 10)
  expect(clock.pendingTimers()).toBe(1)
  await settle()
  expect(sink.outcomes()).toHaveLength(10)
  expect(clock.pendingTimers()).toBe(0)
})

test('a batch names its sender and what was dropped so far', async () => {
  const { sender, sink, drops } = bench()
  drops.drop('invalid', 3)
  sender.add(outcome('m'))
  await sender.flush(1_000)
  expect(sink.batches()[0]).toMatchObject({
    format: 1,
    instance_id: 'i',
    sdk: 'test/1',
    sealed_at: '2026-01-01T00:00:00.000Z',
    dropped: { invalid: 3 },
  })
})

test('after an unknown result the same bytes are sent again', async () => {
  const { sender, sink, clock, told } = bench()
  sink.answer({ status: 'retry', problem: 'timeout' })
  addMany(sender, 10)
  await settle()
  sink.answer({ status: 'sent' })
  addMany(sender, 3)
  clock.advance(500)
  await settle()
  const [first, second] = sink.texts()
  expect(second).toBe(first)
  expect(told).toEqual(['timeout', 'recovered'])
})

test('a sink that throws is an unknown result', async () => {
  const { sender, sink, clock, told } = bench()
  sink.answer(() => {
    throw new Error('socket hang up')
  })
  addMany(sender, 10)
  await settle()
  expect(told).toEqual(['socket hang up'])
  sink.answer({ status: 'sent' })
  clock.advance(60_000)
  await settle()
  expect(sender.status().sent).toBe(10)
})

test.each([undefined, null, 'sent', {}, { status: 'done' }])(
  'a sink that answers %j has said nothing of the batch',
  async (nothing) => {
    const { sender, sink, clock, told } = bench()
    const strange: { send: unknown } = { send: async () => nothing }
    const { send } = sink
    Object.assign(sink, strange)
    sender.add(outcome('a'))
    const flushed = sender.flush(1)
    await settle()
    clock.advance(1)
    expect(await flushed).toEqual({ status: 'timeout', remaining: 1 })
    expect(told).toEqual(['the sink did not say what became of the batch'])
    Object.assign(sink, { send })
    expect(await sender.flush(60_000)).toEqual({ status: 'flushed', remaining: 0 })
    expect(names(sink)).toEqual(['a'])
  },
)

test('Retry-After is honoured', async () => {
  const { sender, sink, clock } = bench()
  sink.answer({ status: 'retry', problem: '429', retryAfterMs: 30_000 })
  addMany(sender, 10)
  await settle()
  clock.advance(29_000)
  await settle()
  expect(sink.texts()).toHaveLength(1)
  sink.answer({ status: 'sent' })
  clock.advance(2_000)
  await settle()
  expect(sender.status().sent).toBe(10)
})

test('a lasting problem is retried rarely, and without an end', async () => {
  const { sender, sink, clock } = bench()
  sink.answer({ status: 'retry', problem: '401', slow: true })
  addMany(sender, 10)
  await settle()
  clock.advance(230_000)
  await settle()
  expect(sink.texts()).toHaveLength(1)
  for (let hour = 0; hour < 24; hour += 1) {
    clock.advance(3_600_000)
    await settle()
  }
  const attempts = sink.texts().length
  expect(attempts).toBeGreaterThan(20)
  expect(attempts).toBeLessThan(400)
  sink.answer({ status: 'sent' })
  clock.advance(600_000)
  await settle()
  expect(sender.status().sent).toBe(10)
})

test('a batch that is too large is sent in halves as new batches', async () => {
  const { sender, sink } = bench()
  sink.answer(
    ({ outcomes }): SendResult => (outcomes > 3 ? { status: 'too-large' } : { status: 'sent' }),
  )
  addMany(sender, 10)
  await sender.flush(1_000)
  expect(names(sink).sort()).toEqual(Array.from({ length: 10 }, (_, at) => `m${at}`))
  expect(new Set(sink.batches().map(({ batch_id }) => batch_id)).size).toBe(sink.batches().length)
})

test('an outcome that is too large alone is dropped, and does not hold up the others', async () => {
  const { sender, sink, drops } = bench()
  sink.answer(
    ({ text }): SendResult =>
      text.includes('"m4"') ? { status: 'too-large' } : { status: 'sent' },
  )
  addMany(sender, 10)
  await sender.flush(1_000)
  expect(drops.totals()).toEqual({ 'too-large': 1 })
  expect(sender.status().sent).toBe(9)
  expect(sender.buffered).toBe(0)
})

test('a batch that is refused for good is dropped and counted', async () => {
  const { sender, sink, drops } = bench()
  sink.answer({ status: 'rejected', problem: 'invalid' })
  addMany(sender, 10)
  expect(await sender.flush(1_000)).toEqual({ status: 'flushed', remaining: 0 })
  expect(drops.totals()).toEqual({ rejected: 10 })
})

test('a batch that always fails does not hold up the others', async () => {
  const { sender, sink, clock } = bench()
  sink.answer(
    ({ text }): SendResult =>
      text.includes('"m4"') ? { status: 'retry', problem: '500' } : { status: 'sent' },
  )
  addMany(sender, 40)
  for (let step = 0; step < 20; step += 1) {
    await settle()
    clock.advance(60_000)
  }
  expect(sender.status().sent).toBe(30)
  expect(sender.buffered).toBe(10)
})

test('beyond its capacity the newest outcomes are dropped', async () => {
  const { sender, sink, drops } = bench()
  sink.answer({ status: 'retry', problem: 'away' })
  addMany(sender, 130)
  await settle()
  expect(sender.buffered).toBe(100)
  expect(drops.totals()).toEqual({ overflow: 30 })
  sink.answer({ status: 'sent' })
  await sender.flush(60_000)
  expect(names(sink)).toContain('m0')
  expect(names(sink)).not.toContain('m100')
})

test('the bytes held are bounded too', () => {
  const { sender, drops } = bench({ maxBytes: 10_000, batchBytes: 100_000 })
  const prompt = { text: 'x'.repeat(1_000), isStored: true }
  for (let at = 0; at < 50; at += 1) sender.add(outcome('m', undefined, prompt))
  expect(drops.totals()['overflow']).toBeGreaterThan(35)
})

test('batches keep to their bytes', async () => {
  const { sender, sink } = bench({ batchBytes: 1_500 })
  for (let at = 0; at < 9; at += 1) sender.add(outcome('é'.repeat(200)))
  await sender.flush(1_000)
  for (const text of sink.texts()) expect(Buffer.byteLength(text)).toBeLessThan(2_000)
  expect(sender.status().sent).toBe(9)
})

test('a batch that is full by its bytes does not wait for the interval', async () => {
  const { sender, sink } = bench({ batchBytes: 1_500 })
  for (let at = 0; at < 9; at += 1) sender.add(outcome('é'.repeat(200)))
  await settle()
  expect(sink.outcomes().length).toBeGreaterThan(0)
  expect(sender.buffered).toBeGreaterThan(0)
})

test('an outcome that alone is larger than a batch does not wait either', async () => {
  const { sender, sink } = bench({ batchBytes: 200 })
  sender.add(outcome('x'.repeat(200)))
  await settle()
  expect(sink.outcomes()).toHaveLength(1)
})

test('what is sent makes room for as many bytes', async () => {
  const { sender, sink, drops } = bench({ maxBytes: 3_000 })
  for (let round = 0; round < 20; round += 1) {
    for (let at = 0; at < 5; at += 1) sender.add(outcome('x'.repeat(200)))
    await sender.flush(1_000)
  }
  expect(drops.totals()).toEqual({})
  expect(sink.outcomes()).toHaveLength(100)
})

test('no more batches than allowed are sent at a time', async () => {
  const { sender, sink } = bench()
  let now = 0
  let most = 0
  sink.answer(async () => {
    now += 1
    most = Math.max(most, now)
    await settle()
    now -= 1
    return { status: 'sent' }
  })
  addMany(sender, 100)
  await sender.flush(10_000)
  expect(sender.status().sent).toBe(100)
  expect(most).toBe(2)
})

test('a flush of nothing settles at once, without a timer', async () => {
  const { sender, clock } = bench()
  expect(await sender.flush(60_000)).toEqual({ status: 'flushed', remaining: 0 })
  expect(clock.pendingTimers()).toBe(0)
})

test('a flush waits for what was added before it, not for what comes after', async () => {
  const { sender, sink } = bench()
  addMany(sender, 5)
  sink.answer(async () => {
    sender.add(outcome('later'))
    return { status: 'sent' }
  })
  expect(await sender.flush(1_000)).toEqual({ status: 'flushed', remaining: 1 })
})

test('a flush during an outage settles by its timeout and keeps the outcomes', async () => {
  const { sender, sink, clock } = bench()
  sink.answer({ status: 'retry', problem: 'away' })
  addMany(sender, 5)
  const flushed = sender.flush(3_000)
  await settle()
  clock.advance(3_000)
  expect(await flushed).toEqual({ status: 'timeout', remaining: 5 })
})

test('a sink that never answers cannot hold up the close', async () => {
  const { sender, sink, clock, drops } = bench()
  sink.answer(() => new Promise<SendResult>(() => undefined))
  addMany(sender, 5)
  const closed = sender.close(3_000)
  await settle()
  clock.advance(3_000)
  expect(await closed).toEqual({ status: 'timeout', remaining: 5 })
  expect(drops.totals()).toEqual({ 'unsent-at-close': 5 })
  expect(sender.add(outcome('late'))).toBe('dropped')
  expect(clock.pendingTimers()).toBe(0)
})

test.each(['at once', 'later'])('a sink that fails to close %s harms nothing', async (when) => {
  const { sender, sink } = bench()
  sink.close = () => {
    const failure = new Error('cannot close')
    if (when === 'at once') throw failure
    return Promise.reject(failure)
  }
  addMany(sender, 3)
  expect(await sender.close(1_000)).toEqual({ status: 'flushed', remaining: 0 })
  expect(sink.outcomes()).toHaveLength(3)
})

test('every outcome is sent, held or dropped once, whatever the sink answers', async () => {
  const answer = fc.constantFrom<SendResult | 'throw'>(
    { status: 'sent' },
    { status: 'retry', problem: 'p' },
    { status: 'retry', problem: 'p', retryAfterMs: 5_000 },
    { status: 'too-large' },
    { status: 'rejected', problem: 'p' },
    'throw',
  )
  const step = fc.oneof(
    fc.record({ add: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ advanceMs: fc.integer({ min: 1, max: 20_000 }) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(answer), fc.array(step), async (answers, steps) => {
      const { sender, sink, clock, drops } = bench()
      const texts = new Map<string, string>()
      sink.answer((batch) => {
        // One id, one text: that is what makes a repeated batch count once.
        expect(texts.get(batch.batchId) ?? batch.text).toBe(batch.text)
        texts.set(batch.batchId, batch.text)
        const next = answers.shift() ?? { status: 'sent' }
        if (next === 'throw') throw new Error('thrown')
        return next
      })
      let added = 0
      for (const action of steps) {
        if ('add' in action) {
          addMany(sender, action.add)
          added += action.add
        } else clock.advance(action.advanceMs)
        await settle()
        const dropped = Object.values(drops.totals()).reduce((sum, count) => sum + count, 0)
        expect(sender.status().sent + sender.buffered + dropped).toBe(added)
        expect(sender.buffered).toBeLessThanOrEqual(limits.capacity)
      }
      for (const text of texts.values()) sealedBatchSchema.parse(JSON.parse(text))
      expect(sink.outcomes()).toHaveLength(sender.status().sent)
    }),
    { numRuns: 60 },
  )
})

test('during an outage outcomes wait unsealed, so that full batches are sent after it', async () => {
  const { sender, sink, clock } = bench()
  sink.answer({ status: 'retry', problem: 'away', retryAfterMs: 600_000 })
  addMany(sender, 10)
  await settle()
  for (let at = 0; at < 10; at += 1) {
    sender.add(outcome(`late${at}`))
    clock.advance(2_000)
    await settle()
  }
  sink.answer({ status: 'sent' })
  clock.advance(900_000)
  await settle()
  expect(sender.status().sent).toBe(20)
  expect(sink.batches().map((batch) => batch.outcomes.length)).toEqual([10, 10])
})

test('a flush does not wait for what is added after it', async () => {
  const { sender, sink } = bench()
  let added = 0
  sink.answer((): SendResult => {
    added += 10
    if (added <= 1_000) addMany(sender, 10)
    return { status: 'sent' }
  })
  sender.add(outcome('first'))
  expect((await sender.flush(60_000)).status).toBe('flushed')
  expect(added).toBeLessThan(100)
})

test('all batches of one sender name one session, and each has an id of its own', async () => {
  const { sender, sink } = bench()
  addMany(sender, 30)
  await sender.flush(1_000)
  const batches = sink.batches()
  expect(new Set(batches.map(({ session_id }) => session_id)).size).toBe(1)
  expect(new Set(batches.map(({ batch_id }) => batch_id)).size).toBe(batches.length)
})

describe('an own outcome is told', () => {
  test('of a send before it begins, and of the id of its message', async () => {
    const { sender, sink } = bench()
    const own = new HeardOutcome()
    sink.answer((): SendResult => {
      own.heard.push('answers')
      return { status: 'sent', messageId: 7 }
    })
    sender.add(outcome('m', own))
    expect(own.heard).toEqual([])
    await sender.flush(1_000)
    expect(own.heard).toEqual(['sending', 'answers', 'sent 7'])
  })

  test.each<[string, () => SendResult]>([
    ['an unknown result', () => ({ status: 'retry', problem: 'away' })],
    [
      'a sink that throws',
      () => {
        throw new Error('socket hang up')
      },
    ],
  ])('of %s, and of the next send', async (_, answer) => {
    const { sender, sink, clock } = bench()
    const own = new HeardOutcome()
    sink.answer(answer)
    sender.add(outcome('m', own))
    clock.advance(1_000)
    await settle()
    sink.answer({ status: 'sent' })
    clock.advance(60_000)
    await settle()
    expect(own.heard).toEqual(['sending', 'unconfirmed', 'sending', 'sent undefined'])
  })

  test('of halves, and of what is too large alone', async () => {
    const { sender, sink } = bench()
    const small = new HeardOutcome()
    const large = new HeardOutcome()
    sink.answer(({ text }): SendResult => {
      return text.includes('"large"') ? { status: 'too-large' } : { status: 'sent', messageId: 3 }
    })
    sender.add(outcome('small', small))
    sender.add(outcome('large', large))
    await sender.flush(1_000)
    expect(small.heard).toEqual(['sending', 'returned', 'sending', 'sent 3'])
    expect(large.heard).toEqual(['sending', 'returned', 'sending', 'returned', 'dropped'])
  })

  test('of a refusal for good', async () => {
    const { sender, sink } = bench()
    const own = new HeardOutcome()
    sink.answer({ status: 'rejected', problem: 'invalid' })
    sender.add(outcome('m', own))
    await sender.flush(1_000)
    expect(own.heard).toEqual(['sending', 'returned', 'dropped'])
  })

  test('of a drop where there is no room', () => {
    const { sender } = bench({ capacity: 1 })
    const own = new HeardOutcome()
    sender.add(outcome('m'))
    expect(sender.add(outcome('m', own))).toBe('dropped')
    expect(own.heard).toEqual(['dropped'])
  })
})

describe('outcomes are written after the call that records them', () => {
  test('in the next turn of the event loop', async () => {
    const { sender } = bench()
    const added = outcome('m')
    sender.add(added)
    expect(added.text).toBe('')
    await settle()
    expect(JSON.parse(added.text)).toMatchObject({ model_name: 'm' })
    expect(sender.buffered).toBe(1)
  })

  test('and a process that has nothing else to do waits for that', async () => {
    const held = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Immediate')
    const { sender } = bench()
    const before = held().length
    sender.add(outcome('m'))
    expect(held()).toHaveLength(before + 1)
    await settle()
    expect(held()).toHaveLength(before)
  })

  test('but long prompts do not pile up, however many come at once', async () => {
    const { sender, drops } = bench({ capacity: 1_000, maxBytes: 3_000_000 })
    const prompt = { text: 'x'.repeat(1_000_000), isStored: false }
    for (let at = 0; at < 20; at += 1) sender.add(outcome(`m${at}`, undefined, prompt))
    expect(drops.totals()).toEqual({})
    expect(sender.buffered).toBe(20)
    expect(await sender.flush(1_000)).toEqual({ status: 'flushed', remaining: 0 })
  })

  test('and the close drops and counts what is not written yet', async () => {
    const { sender, sink, clock, drops } = bench()
    sink.answer(() => new Promise<SendResult>(() => undefined))
    addMany(sender, 35)
    const closed = sender.close(1_000)
    addMany(sender, 1)
    await settle()
    clock.advance(1_000)
    expect(await closed).toEqual({ status: 'timeout', remaining: 35 })
    expect(drops.totals()).toEqual({ closed: 1, 'unsent-at-close': 35 })
    expect(sender.buffered).toBe(0)
  })
})

test('halves of a batch hold its outcomes in their order, whatever text they hold', async () => {
  const part = fc.constantFrom('x', ',', 'é', '\ud83d\ude00', '"', '{', ']')
  const text = fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''))
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 10 }), async (texts) => {
      const { sender, sink } = bench({ maxInFlight: 1 })
      sink.answer(
        ({ outcomes }): SendResult => (outcomes > 1 ? { status: 'too-large' } : { status: 'sent' }),
      )
      for (const each of texts) sender.add(outcome(each))
      await sender.flush(1_000)
      expect(names(sink)).toEqual(texts)
    }),
    { numRuns: 50 },
  )
})

test('a batch is sealed when it can be sent, not earlier', async () => {
  const { sender, sink, clock, drops } = bench({ maxInFlight: 1 })
  let answer: (result: SendResult) => void = () => undefined
  sink.answer(
    () =>
      new Promise((resolve) => {
        answer = resolve
      }),
  )
  addMany(sender, 20)
  await settle()
  drops.drop('invalid')
  clock.advance(5_000)
  sink.answer({ status: 'sent' })
  answer({ status: 'sent' })
  await sender.flush(60_000)
  expect(sink.batches().map(({ dropped }) => dropped)).toEqual([{}, { invalid: 1 }])
})

test('what is written counts by its bytes from then on', async () => {
  const { sender, drops } = bench({ maxBytes: 3_000 })
  for (let at = 0; at < 5; at += 1) sender.add(outcome('m'))
  await settle()
  for (let at = 0; at < 3; at += 1) sender.add(outcome('m'))
  expect(drops.totals()).toEqual({})
  expect(sender.buffered).toBe(8)
})

test.each([
  [300_001, ['clock-wrong']],
  [-300_001, ['clock-wrong']],
  [300_000, []],
  [undefined, []],
])('an answer that finds the clock %s ms ahead is told', async (clockAheadMs, expected) => {
  const { sender, sink, told } = bench()
  sink.answer({ status: 'sent', clockAheadMs })
  sender.add(outcome('m'))
  await sender.flush(1_000)
  expect(told).toEqual(expected)
})
