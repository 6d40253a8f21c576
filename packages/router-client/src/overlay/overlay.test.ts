import { randomUUID } from 'node:crypto'
import { type OutcomeMessage, uuidV7 } from '@winrate/shared-schema/contracts'
import { describe, expect, test } from 'vitest'
import { type ManualClock, manualClock } from '../testing/manual-clock.ts'
import { type AppliedSnapshot, Overlay } from './overlay.ts'

const HOUR_MS = 3_600_000
const codex = { provider: 'codex', modelName: 'codex' }
const opus = { provider: 'anthropic', modelName: 'claude-opus' }
const nothing = { mass: 0, reward: 0 }
const epoch = '00000000-0000-4000-8000-000000000001'

function bench() {
  const clock = manualClock()
  const overlay = new Overlay(clock)
  return { clock, overlay, record: recorder(overlay, clock), apply: applier(overlay) }
}

function recorder(overlay: Overlay, clock: ManualClock) {
  return (fields: Partial<OutcomeMessage> = {}) => {
    const message = {
      task_type: 'coding',
      model_name: 'codex',
      provider: 'codex',
      success: true,
      instance_id: 'i',
      occurred_at: new Date(clock.now()).toISOString(),
      ...fields,
      outcome_id: fields.outcome_id ?? uuidV7(clock.now()),
    }
    const own = overlay.record(message.outcome_id, message, clock.now())
    return {
      id: message.outcome_id,
      own,
      /** A send that ends at once. */
      sent(messageId?: number) {
        own.sending()
        own.sent(messageId)
      },
    }
  }
}

/** Applies version after version. */
function applier(overlay: Overlay) {
  let version = 0
  return (queueWatermark?: number, fields: Partial<AppliedSnapshot> = {}) => {
    version += 1
    overlay.snapshotApplied({ epoch, version, windowDays: 7, queueWatermark, ...fields })
  }
}

const mass = (overlay: Overlay) => overlay.cell('coding', codex).pending().mass

test('an outcome shows at once, for its task type and candidate alone', () => {
  const { overlay, record } = bench()
  record()
  record({ success: false })
  expect(overlay.cell('coding', codex).pending()).toEqual({ mass: 2, reward: 0.5 })
  expect(overlay.cell('chat', codex).pending()).toEqual(nothing)
  expect(overlay.cell('coding', opus).pending()).toEqual(nothing)
  expect(overlay.cell('coding', { ...codex, thinkingLevel: 'high' }).pending()).toEqual(nothing)
})

test('correcting an outcome that a snapshot contains changes the revision of both task types', () => {
  const { overlay, record, apply } = bench()
  const first = record()
  first.sent(1)
  apply(2)
  expect(mass(overlay)).toBe(0)
  const before = [overlay.revision('coding'), overlay.revision('chat')]
  record({ corrects: first.id, task_type: 'chat' })
  expect(overlay.cell('coding', codex).recent()).toEqual([])
  expect(overlay.cell('chat', codex).recent()).toEqual([1])
  expect(overlay.revision('coding')).toBeGreaterThan(before[0] ?? 0)
  expect(overlay.revision('chat')).toBeGreaterThan(before[1] ?? 0)
})

test('a thinking level has outcomes of its own', () => {
  const { overlay, record } = bench()
  record({ thinking_level: 'high' })
  expect(overlay.cell('coding', { ...codex, thinkingLevel: 'high' }).pending().mass).toBe(1)
  expect(mass(overlay)).toBe(0)
})

test('a quality is a fifth of the reward', () => {
  const { overlay, record } = bench()
  record({ success: true, response_quality: 0.5 })
  record({ success: false, response_quality: 0.5 })
  expect(overlay.cell('coding', codex).pending()).toEqual({ mass: 2, reward: 0.5 })
  expect(overlay.cell('coding', codex).recent()).toEqual([0.9, 0.1])
})

test('an outcome without a provider counts for the unknown one', () => {
  const { overlay, record } = bench()
  record({ provider: undefined })
  expect(overlay.cell('coding', { provider: 'unknown', modelName: 'codex' }).pending().mass).toBe(1)
})

test('a transport failure never shows', () => {
  const { overlay, record } = bench()
  record({ success: false, failure: 'transport' })
  expect(overlay.cell('coding', codex).pending()).toEqual(nothing)
  expect(overlay.cell('coding', codex).recent()).toEqual([])
})

test('an outcome that was never sent stays, whatever is applied', () => {
  const { overlay, record, apply } = bench()
  record()
  apply(1_000)
  apply(undefined)
  apply(1, { epoch: randomUUID() })
  expect(mass(overlay)).toBe(1)
})

describe('a message of a known id', () => {
  test('below the watermark from the start is one of other ids: it leaves next', () => {
    const { overlay, record, apply } = bench()
    apply(100)
    record().sent(7)
    expect(mass(overlay)).toBe(1)
    apply(100)
    expect(mass(overlay)).toBe(0)
  })

  test('is contained in the first snapshot with a greater watermark', () => {
    const { overlay, record, apply } = bench()
    record().sent(7)
    apply(6)
    expect(mass(overlay)).toBe(1)
    apply(7)
    expect(mass(overlay)).toBe(1)
    apply(8)
    expect(overlay.cell('coding', codex).pending()).toEqual(nothing)
  })

  test('is hidden from a snapshot that comes before its answer, and back when that lacks it', () => {
    const { overlay, record, apply } = bench()
    const { own } = record()
    own.sending()
    apply(7)
    expect(mass(overlay)).toBe(0)
    own.sent(7)
    expect(mass(overlay)).toBe(1)
    apply(8)
    expect(mass(overlay)).toBe(0)
  })

  test('stays away when the snapshot that came before its answer contains it', () => {
    const { overlay, record, apply } = bench()
    const { own } = record()
    own.sending()
    apply(8)
    own.sent(7)
    expect(mass(overlay)).toBe(0)
  })

  test('leaves with the next snapshot when that has no watermark', () => {
    const { overlay, record, apply } = bench()
    record().sent(7)
    apply(undefined)
    expect(mass(overlay)).toBe(0)
  })
})

describe('an outcome of an unknown send is not shown beyond the next snapshot', () => {
  test('a lost answer: it shows until then, and never again after the batch was sent again', () => {
    const { overlay, record, apply } = bench()
    const { own } = record()
    own.sending()
    own.unconfirmed()
    expect(mass(overlay)).toBe(1)
    own.sending()
    own.sent(50)
    expect(mass(overlay)).toBe(1)
    apply(3)
    expect(mass(overlay)).toBe(0)
  })

  test('a lost answer that is noticed after a snapshot was applied', () => {
    const { overlay, record, apply } = bench()
    const { own } = record()
    own.sending()
    apply(3)
    own.unconfirmed()
    own.sending()
    own.sent(50)
    expect(mass(overlay)).toBe(0)
  })

  test.each([undefined, Number.NaN, -1, 1.5])('a sink that answers with the id %s', (id) => {
    const { overlay, record, apply } = bench()
    record().sent(id)
    expect(mass(overlay)).toBe(1)
    apply(1)
    expect(mass(overlay)).toBe(0)
  })
})

describe('a dropped outcome', () => {
  test('counts for this instance until the next snapshot', () => {
    const { overlay, record, apply } = bench()
    record().own.dropped()
    expect(mass(overlay)).toBe(1)
    apply(1)
    expect(mass(overlay)).toBe(0)
  })

  test('also when it was refused after a send', () => {
    const { overlay, record, apply } = bench()
    const { own } = record()
    own.sending()
    own.returned()
    own.dropped()
    expect(mass(overlay)).toBe(1)
    apply(1)
    expect(mass(overlay)).toBe(0)
  })
})

test('a batch that was too large leaves its outcomes as they were', () => {
  const { overlay, record, apply } = bench()
  const { own } = record()
  own.sending()
  apply(5)
  expect(mass(overlay)).toBe(0)
  own.returned()
  expect(mass(overlay)).toBe(1)
  apply(6)
  expect(mass(overlay)).toBe(1)
  own.sending()
  own.sent(6)
  apply(7)
  expect(mass(overlay)).toBe(0)
})

describe('a restart of message ids', () => {
  test('as another epoch lets everything leave that was sent', () => {
    const { overlay, record, apply } = bench()
    apply(900)
    record().sent(900)
    const { own } = record({ task_type: 'chat' })
    own.sending()
    record({ task_type: 'research' })
    apply(3, { epoch: randomUUID() })
    own.sent(901)
    expect(mass(overlay)).toBe(0)
    expect(overlay.cell('chat', codex).pending().mass).toBe(0)
    expect(overlay.cell('research', codex).pending().mass).toBe(1)
  })

  test('as a watermark that went back does the same', () => {
    const { overlay, record, apply } = bench()
    apply(900)
    record().sent(905)
    apply(3)
    expect(mass(overlay)).toBe(0)
  })

  test('is not what a pinned snapshot, which repeats an old watermark, looks like', () => {
    const { overlay, record, apply } = bench()
    apply(900)
    record().sent(905)
    apply(3, { pinnedFrom: 1 })
    apply(901)
    expect(mass(overlay)).toBe(1)
  })
})

test('where one verdict arrives late, nothing shows until the snapshot says it', () => {
  const { overlay, record, apply } = bench()
  apply(1)
  record({ success: false })
  const before = overlay.revision('coding')
  apply(1, { late: ['coding'] })
  expect(overlay.cell('coding', codex).pending()).toEqual(nothing)
  expect(overlay.cell('coding', codex).recent()).toEqual([])
  expect(overlay.revision('coding')).toBeGreaterThan(before)
  apply(1, { late: ['chat'] })
  expect(mass(overlay)).toBe(1)
  expect(overlay.cell('coding', codex).recent()).toEqual([0])
})

describe('while a pinned snapshot is in use', () => {
  test('nothing shows, and afterwards what the snapshot lacks', () => {
    const { overlay, record, apply } = bench()
    apply(5)
    record().sent(6)
    apply(5, { pinnedFrom: 1 })
    record().sent(7)
    expect(overlay.cell('coding', codex).pending()).toEqual(nothing)
    expect(overlay.cell('coding', codex).recent()).toEqual([])
    apply(7)
    expect(mass(overlay)).toBe(1)
    expect(overlay.cell('coding', codex).recent()).toEqual([1, 1])
  })

  test('the revision of every task type grows at the beginning and at the end', () => {
    const { overlay, record, apply } = bench()
    record()
    const before = [overlay.revision('coding'), overlay.revision('chat')] as const
    apply(5, { pinnedFrom: 1 })
    const pinned = [overlay.revision('coding'), overlay.revision('chat')] as const
    apply(5)
    for (const at of [0, 1] as const) expect(pinned[at]).toBeGreaterThan(before[at])
    expect(overlay.revision('coding')).toBeGreaterThan(pinned[0])
    expect(overlay.revision('chat')).toBeGreaterThan(pinned[1])
  })
})

test('applying the same snapshot again changes nothing', () => {
  const { overlay, record } = bench()
  const snapshot = { epoch, version: 1, windowDays: 7, queueWatermark: 3 }
  overlay.snapshotApplied(snapshot)
  record().sent(undefined)
  overlay.snapshotApplied(snapshot)
  expect(mass(overlay)).toBe(1)
})

describe('an outcome id', () => {
  test('counts once, also in capital letters and after its outcome has left', () => {
    const { overlay, record, apply, clock } = bench()
    const first = record()
    record({ outcome_id: first.id })
    record({ outcome_id: first.id.toUpperCase() })
    expect(mass(overlay)).toBe(1)
    const other = record({ task_type: 'chat', outcome_id: uuidV7(clock.now()).toUpperCase() })
    record({ task_type: 'chat', outcome_id: other.id.toLowerCase() })
    expect(overlay.cell('chat', codex).pending().mass).toBe(1)
    first.sent(1)
    apply(2)
    record({ outcome_id: first.id })
    expect(mass(overlay)).toBe(0)
  })

  test('leaves as soon as any of the messages that carry it may be counted', () => {
    const { overlay, record, apply } = bench()
    const first = record()
    record({ outcome_id: first.id }).sent(9)
    first.sent(4)
    apply(5)
    expect(mass(overlay)).toBe(0)
  })

  test('in two messages hides its outcome until both are answered', () => {
    const { overlay, record, apply } = bench()
    const first = record()
    const { own } = record({ outcome_id: first.id })
    first.own.sending()
    own.sending()
    apply(5)
    own.sent(9)
    expect(mass(overlay)).toBe(0)
    first.own.sent(8)
    expect(mass(overlay)).toBe(1)
    apply(9)
    expect(mass(overlay)).toBe(0)
  })

  test('from before the start may be in a snapshot already, and does not count', () => {
    const { overlay, record, clock } = bench()
    record({ outcome_id: uuidV7(clock.now() - 1) })
    expect(mass(overlay)).toBe(0)
    expect(overlay.cell('coding', codex).recent()).toEqual([1])
  })

  test('of another version, or from the future, does not count', () => {
    const { overlay, record, clock } = bench()
    const id = uuidV7(clock.now())
    record({ outcome_id: `${id.slice(0, 14)}4${id.slice(15)}` })
    record({ outcome_id: uuidV7(clock.now() + 1) })
    expect(mass(overlay)).toBe(0)
  })

  test.each([9_000, 15_000, 30_000])('counts once when %i outcomes come between', (count) => {
    const { overlay, record, clock, apply } = bench()
    const first = record()
    first.sent(1)
    apply(2)
    for (let at = 0; at < count; at += 1) {
      if (at % 10 === 0) clock.advance(1)
      record({ task_type: 'chat' })
    }
    record({ outcome_id: first.id })
    expect(mass(overlay)).toBe(0)
  })
})

describe('a correction', () => {
  test('replaces the outcome that it names, even for another model', () => {
    const { overlay, record } = bench()
    const { id } = record()
    record({ corrects: id, success: false })
    expect(overlay.cell('coding', codex).pending()).toEqual({ mass: 1, reward: 0 })
    expect(overlay.cell('coding', codex).recent()).toEqual([0])
    record({ corrects: id, model_name: 'claude-opus', provider: 'anthropic' })
    expect(mass(overlay)).toBe(0)
    expect(overlay.cell('coding', codex).recent()).toEqual([])
    expect(overlay.cell('coding', opus).pending()).toEqual({ mass: 1, reward: 1 })
    expect(overlay.cell('coding', opus).recent()).toEqual([1])
  })

  test('of a correction replaces it', () => {
    const { overlay, record } = bench()
    const { id } = record()
    const second = record({ corrects: id, success: false })
    record({ corrects: second.id.toUpperCase(), success: true })
    expect(overlay.cell('coding', codex).pending()).toEqual({ mass: 1, reward: 1 })
  })

  test('leaves as soon as what it corrects may be counted, or the other way round', () => {
    for (const [corrected, correcting] of [
      [4, 9],
      [9, 4],
    ]) {
      const { overlay, record, apply } = bench()
      const original = record()
      record({ corrects: original.id, success: false }).sent(correcting)
      original.sent(corrected)
      apply(5)
      expect(mass(overlay)).toBe(0)
    }
  })

  test('arrives by snapshot when what it names has left or is not known', () => {
    const { overlay, record, apply } = bench()
    const original = record()
    original.sent(1)
    apply(2)
    record({ corrects: original.id, success: false })
    record({ corrects: uuidV7(1), success: false })
    expect(mass(overlay)).toBe(0)
    expect(overlay.cell('coding', codex).recent()).toEqual([0])
  })

  test('to a transport failure takes the outcome away', () => {
    const { overlay, record } = bench()
    const { id } = record()
    record({ corrects: id, success: false, failure: 'transport' })
    expect(mass(overlay)).toBe(0)
    expect(overlay.cell('coding', codex).recent()).toEqual([])
  })
})

describe('bounds', () => {
  test('the last 10,000 outcomes are shown, and never more than 20,000', () => {
    const { overlay, record, clock } = bench()
    record({ task_type: 'chat' })
    for (let at = 1; at < 50_000; at += 1) {
      if (at % 100 === 0) clock.advance(1)
      record()
      const shown = mass(overlay)
      if (shown < Math.min(at, 10_000) || shown > 20_000) expect.fail(`${shown} after ${at}`)
    }
    expect(overlay.cell('chat', codex).pending().mass).toBe(0)
  })

  test('an outcome from before the window does not show', () => {
    const { overlay, record, apply, clock } = bench()
    apply(1, { windowDays: 2 })
    const at = (ageHours: number) => new Date(clock.now() - ageHours * HOUR_MS).toISOString()
    record({ occurred_at: at(47) })
    record({ occurred_at: at(49) })
    expect(mass(overlay)).toBe(1)
    clock.advance(2 * HOUR_MS)
    apply(2, { windowDays: 2 })
    expect(mass(overlay)).toBe(0)
  })

  test('outcomes leave the window without a snapshot too', () => {
    const { overlay, record, clock } = bench()
    record()
    clock.advance(8 * 24 * HOUR_MS)
    record({ task_type: 'chat' })
    expect(mass(overlay)).toBe(0)
  })
})

describe('recent outcomes', () => {
  test('are the last 8, oldest first, whether or not a snapshot contains them', () => {
    const { overlay, record, apply, clock } = bench()
    for (let at = 0; at < 40; at += 1) {
      clock.advance(1_000)
      record({ success: at >= 35 }).sent(at)
    }
    apply(100)
    expect(mass(overlay)).toBe(0)
    expect(overlay.cell('coding', codex).recent()).toEqual([0, 0, 0, 1, 1, 1, 1, 1])
  })

  test('are in the order in which they were observed', () => {
    const { overlay, record, clock } = bench()
    record({ success: true })
    record({ success: false, occurred_at: new Date(clock.now() - HOUR_MS / 2).toISOString() })
    expect(overlay.cell('coding', codex).recent()).toEqual([0, 1])
  })

  test('are not older than an hour, by when they were observed and by when they are read', () => {
    const { overlay, record, clock } = bench()
    record({ occurred_at: new Date(clock.now() - 1.2 * HOUR_MS).toISOString() })
    record({ success: false, occurred_at: new Date(clock.now() - 0.8 * HOUR_MS).toISOString() })
    record()
    expect(overlay.cell('coding', codex).recent()).toEqual([0, 1])
    clock.advance(0.4 * HOUR_MS)
    expect(overlay.cell('coding', codex).recent()).toEqual([1])
    clock.advance(0.6 * HOUR_MS)
    expect(overlay.cell('coding', codex).recent()).toEqual([])
  })
})

describe('the revision of a task type', () => {
  test('grows with each change to it and stays without one', () => {
    const { overlay, record, apply } = bench()
    const seen: number[] = []
    const look = () => seen.push(overlay.revision('coding'))
    look()
    const { own } = record()
    look()
    own.sending()
    record({ task_type: 'chat' })
    expect(overlay.revision('coding')).toBe(seen.at(-1))
    apply(1)
    look()
    own.sent(1)
    look()
    apply(2)
    look()
    record()
    look()
    expect(seen).toEqual([...new Set(seen)].sort((one, other) => one - other))
  })

  test('never decreases, even when nothing is shown for it', () => {
    const { overlay, record, apply } = bench()
    for (let round = 1; round < 50; round += 1) {
      const before = overlay.revision('coding')
      record().sent(round)
      const shown = overlay.revision('coding')
      apply(round + 1)
      expect(shown).toBeGreaterThan(before)
      expect(overlay.revision('coding')).toBeGreaterThan(shown)
    }
  })

  test('grows when only what is recent changed', () => {
    const { overlay, record } = bench()
    const before = overlay.revision('coding')
    record({ outcome_id: randomUUID() })
    expect(overlay.revision('coding')).toBeGreaterThan(before)
  })
})

test('sums do not depend on the order in which outcomes come and leave', () => {
  const { overlay, record, apply } = bench()
  record({ response_quality: 0.3 })
  const alone = overlay.cell('coding', codex).pending()
  for (let at = 0; at < 1_000; at += 1) record({ response_quality: Math.sqrt(at / 1_000) }).sent(1)
  apply(2)
  expect(overlay.cell('coding', codex).pending()).toEqual(alone)
})
