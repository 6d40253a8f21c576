// That outcomes are written after the call that brought them, in parts, and never too many wait for it.
import { uuidV7 } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { manualClock } from '../testing/manual-clock.ts'
import { recordingSink } from '../testing/recording-sink.ts'
import type { UnwrittenOutcome } from './send/outcome-buffer.ts'
import { type BufferLimits, OutcomeSender } from './send/outcome-sender.ts'
import type { SendResult } from './sinks/outcome-sink.ts'

const MOST_UNWRITTEN = 5_000
const MOST_IN_A_TURN = 512

function bench(overrides: Partial<BufferLimits> = {}) {
  const clock = manualClock()
  const sink = recordingSink()
  const drops: Record<string, number> = {}
  const limits = { capacity: 100_000, maxBytes: 1e8, batchSize: 500, batchBytes: 1e6 }
  const sender = new OutcomeSender({
    sink,
    limits: { ...limits, flushIntervalMs: 1_000, maxInFlight: 2, ...overrides },
    sender: { instanceId: 'i', sessionId: uuidV7(1), sdk: 'test/1' },
    clock,
    random: () => 0.5,
    newId: () => uuidV7(clock.now()),
    dropTotals: () => drops,
    onDropped(reason, count) {
      drops[reason] = (drops[reason] ?? 0) + count
    },
    onProblem: () => undefined,
    onRecovered: () => undefined,
  })
  const written: number[] = []
  let added = 0

  function add(count: number, { chars = 0, size = 150 } = {}): void {
    for (let at = 0; at < count; at += 1) sender.add(unwritten(chars, size))
  }

  function unwritten(chars: number, size: number): UnwrittenOutcome {
    const number = added
    added += 1
    return {
      chars,
      size,
      delivery: undefined,
      write() {
        written.push(number)
        const named = { outcome_id: uuidV7(1), task_type: 'chat', model_name: `m${number}` }
        return JSON.stringify({ ...named, success: true, instance_id: 'i' })
      },
    }
  }
  return { sender, sink, clock, drops, written, add }
}

/** Lets one turn of the event loop pass. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

test('nothing is written while the caller goes on, and everything soon after', async () => {
  const { sender, written, add } = bench()
  add(10)
  expect(written).toEqual([])
  await turn()
  expect(written).toHaveLength(10)
  expect(sender.buffered).toBe(10)
})

test('a process that has nothing else to do waits for the writing', async () => {
  const held = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Immediate').length
  const { written, add } = bench()
  const before = held()
  add(1)
  expect(held()).toBe(before + 1)
  await turn()
  expect(written).toHaveLength(1)
})

test('a turn of the event loop writes a part, in the order of adding', async () => {
  const { written, add } = bench({ batchSize: 10_000 })
  add(1_200)
  const lengths: number[] = []
  for (let count = 0; count < 3; count += 1) {
    await turn()
    lengths.push(written.length)
  }
  expect(lengths).toEqual([MOST_IN_A_TURN, 2 * MOST_IN_A_TURN, 1_200])
  expect(written).toEqual(Array.from({ length: 1_200 }, (_, at) => at))
})

test('long texts make the part of a turn smaller', async () => {
  const { written, add } = bench()
  add(9, { chars: 100_000 })
  await turn()
  expect(written.length).toBeGreaterThan(0)
  expect(written.length).toBeLessThan(6)
})

test('beyond a number, or a length of their texts, an older one is written for each that comes', () => {
  const many = bench()
  many.add(MOST_UNWRITTEN + 50)
  expect(many.written).toHaveLength(50)
  const long = bench()
  long.add(30, { chars: 100_000 })
  expect(long.written.length).toBeGreaterThanOrEqual(20)
})

test('a flush sends all of them, in full batches', async () => {
  const { sender, sink, written, add } = bench({ batchSize: 600 })
  add(1_700)
  expect(await sender.flush(60_000)).toEqual({ status: 'flushed', remaining: 0 })
  expect(written).toHaveLength(1_700)
  expect(sink.batches().map(({ outcomes }) => outcomes.length)).toEqual([600, 600, 500])
})

test('a full batch is sent without waiting for the interval, the rest with it', async () => {
  const { sink, clock, add } = bench()
  add(700)
  for (let count = 0; count < 6; count += 1) await turn()
  expect(sink.outcomes()).toHaveLength(500)
  clock.advance(1_000)
  await turn()
  expect(sink.outcomes()).toHaveLength(700)
})

test('the close drops and counts what is not written yet', async () => {
  const { sender, sink, clock, drops, add } = bench()
  sink.answer(() => new Promise<SendResult>(() => undefined))
  add(1_700)
  const closed = sender.close(1_000)
  await turn()
  clock.advance(1_000)
  expect(await closed).toEqual({ status: 'timeout', remaining: 1_700 })
  expect(drops).toEqual({ 'unsent-at-close': 1_700 })
  expect(sender.buffered).toBe(0)
})

test('the length of what is unwritten counts for the bytes that may be held', () => {
  const { drops, add } = bench({ maxBytes: 10_000 })
  add(20, { size: 1_000 })
  expect(drops).toEqual({ overflow: 10 })
})

test('what is written counts by its bytes from then on', async () => {
  const { sender, drops, add } = bench({ maxBytes: 3_000 })
  add(3, { size: 1_000 })
  await turn()
  add(5, { size: 100 })
  expect(drops).toEqual({})
  expect(sender.buffered).toBe(8)
})

test('a batch is sealed when it can be sent, not earlier', async () => {
  const { sender, sink, clock, drops, add } = bench({ batchSize: 10, maxInFlight: 1 })
  let answer: (result: SendResult) => void = () => undefined
  sink.answer(
    () =>
      new Promise((resolve) => {
        answer = resolve
      }),
  )
  add(20)
  await turn()
  drops['invalid'] = 1
  clock.advance(5_000)
  sink.answer({ status: 'sent' })
  answer({ status: 'sent' })
  await sender.flush(60_000)
  expect(sink.batches().map(({ dropped }) => dropped)).toEqual([{}, { invalid: 1 }])
})
