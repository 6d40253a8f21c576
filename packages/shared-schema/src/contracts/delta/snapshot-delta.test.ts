import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Snapshot, SnapshotContent } from '../snapshot/snapshot.ts'
import { parseSnapshotText, writeSnapshotText } from '../snapshot/snapshot-text.ts'
import { parseDeltaText, writeDeltaText } from './delta-text.ts'
import { applyDelta, type DeltaContent, deltaBetween } from './snapshot-delta.ts'

const epoch = '7d0c1a52-9f0e-4a6b-8f3d-2b7a5c9e1f04'

function published(content: SnapshotContent): Snapshot {
  return parseSnapshotText(writeSnapshotText(content))
}

function sent(base: Snapshot, next: Snapshot): DeltaContent {
  const delta = deltaBetween(base, next)
  if (delta === undefined) throw new Error('there is no delta')
  return delta
}

/** As a client does it: over the wire's text. */
function arrived(base: Snapshot, delta: DeltaContent): Snapshot {
  return applyDelta(base, parseDeltaText(writeDeltaText(delta)))
}

function textOf(snapshot: Snapshot): string {
  return writeSnapshotText(snapshot)
}

const row = fc.record({
  task: fc.nat(),
  model: fc.nat(),
  samples: fc.nat(9),
  losses: fc.nat(3),
  quality: fc.option(fc.constantFrom(0, -0, 0.5, 1)),
  measured: fc.option(fc.constantFrom(0, 0.25, 1e-9, 1830.5, 1e15)),
  evidence: fc.constantFrom(0, 0.5, 3, 1e9),
  reward: fc.constantFrom(0, 0.125, 1),
})

const dictionary = {
  // Names twice, too: nothing forbids them.
  tasks: fc.array(fc.constantFrom('coding', 'law', 'chat', 'a_b'), { minLength: 1, maxLength: 5 }),
  models: fc.array(
    fc.record(
      {
        provider: fc.constantFrom('codex', 'anthropic'),
        name: fc.constantFrom('codex', 'sonnet', 'o"1'),
        thinkingLevel: fc.constantFrom('low', 'high'),
      },
      { requiredKeys: ['provider', 'name'] },
    ),
    { minLength: 1, maxLength: 5 },
  ),
}

const contents: fc.Arbitrary<SnapshotContent> = fc
  .record({
    ...dictionary,
    rows: fc.array(row, { maxLength: 12 }),
    learning: fc.boolean(),
    pairs: fc.option(fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom(0, 0.5, 1)))),
    exploration: fc.constantFrom(0, 0.1),
    windowDays: fc.constantFrom(7, 14),
    pinnedFrom: fc.option(fc.integer({ min: 1, max: 3 })),
    queueWatermark: fc.option(fc.nat()),
    defaults: fc.option(fc.constantFrom({}, { coding: { codex: 0.5 } })),
    confidence: fc.option(fc.constant({ slope: 0.01, midpoint: 50, floor: 5 })),
    catalogue: fc.option(fc.constant([{ key: 'codex', provider: 'codex', model: 'gpt-5-codex' }])),
  })
  .map(({ tasks, models, rows, learning, pairs, exploration, windowDays, ...optional }) => ({
    epoch,
    version: 1,
    createdAt: '2026-08-19T07:31:00.000Z',
    windowDays,
    policy: { kind: 'threshold', exploration },
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== null)),
    ...(pairs !== null && {
      similarity: {
        one: pairs.map(([one]) => one % tasks.length),
        other: pairs.map(([, other]) => other % tasks.length),
        value: pairs.map(([, , value]) => value),
      },
    }),
    tasks,
    models,
    cells: {
      task: rows.map(({ task }) => task % tasks.length),
      model: rows.map(({ model }) => model % models.length),
      samples: rows.map(({ samples }) => samples),
      successes: rows.map(({ samples, losses }) => Math.max(0, samples - losses)),
      quality: rows.map(({ quality }) => quality),
      responseTimeMs: rows.map(({ measured }) => measured),
      costUsd: rows.map(({ measured }) => measured),
      ...(learning && {
        evidence: rows.map(({ evidence }) => evidence),
        reward: rows.map(({ reward }) => reward),
        fadedEvidence: rows.map(({ evidence }) => evidence),
        fadedReward: rows.map(({ reward }) => reward),
      }),
    },
  }))

/** Two snapshots that have something in common, as a rule. */
const pairs = fc
  .tuple(contents, contents, fc.boolean(), fc.boolean())
  .map(([one, other, sameNames, sameRows]) => {
    const base = published(one)
    const { tasks, models, cells } = sameNames ? one : other
    const similarity = sameNames ? one.similarity : other.similarity
    const kept = sameRows || sameNames ? cells : other.cells
    const next = published({ ...other, version: 2, tasks, models, similarity, cells: kept })
    return { base, next }
  })

describe('a delta', () => {
  it('makes exactly the next snapshot of any snapshot, and leaves that as it was', () => {
    fc.assert(
      fc.property(pairs, ({ base, next }) => {
        const before = textOf(base)
        const delta = deltaBetween(base, next)
        const sameColumns =
          (base.cells.evidence === undefined) === (next.cells.evidence === undefined)
        expect(delta !== undefined).toBe(sameColumns)
        if (delta === undefined) return
        const after = arrived(base, delta)
        expect(textOf(after)).toBe(textOf(next))
        expect(after.hash).toBe(next.hash)
        expect(textOf(base)).toBe(before)
      }),
      { numRuns: 500 },
    )
  })

  it('follows single rows that come, go and change', () => {
    fc.assert(
      fc.property(contents, fc.array(fc.nat(), { maxLength: 4 }), (content, picks) => {
        const base = published(content)
        const rows = content.cells.task.length
        const picked = new Set(picks.map((pick) => pick % (rows + 1)))
        const without = <Value>(column: Value[]) => column.filter((_, at) => !picked.has(at))
        const columns = Object.entries(content.cells).map(([name, column]) => [
          name,
          without(column ?? []),
        ])
        const cells = { ...content.cells, ...Object.fromEntries(columns) }
        const less = published({ ...content, version: 2, cells })
        expect(textOf(arrived(base, sent(base, less)))).toBe(textOf(less))
        const again = published({ ...content, version: 3 })
        expect(textOf(arrived(less, sent(less, again)))).toBe(textOf(again))
      }),
    )
  })

  it('carries only what changed, and shares the rest', () => {
    const base = published(table())
    const next = published(table({ version: 2, samples: [10, 21, 30] }))
    const delta = sent(base, next)
    expect(delta.cells).toMatchObject({ removed: [], inserted: [], at: [1], samples: [21] })
    expect(JSON.parse(writeDeltaText(delta)).changed).toEqual({})
    const after = arrived(base, delta)
    expect(after.cells.responseTimeMs).toBe(base.cells.responseTimeMs)
    expect(after.tasks).toBe(base.tasks)
    expect(after.policy).toBe(base.policy)
  })

  it('can be followed by the next one', () => {
    const versions = [1, 2, 3, 4].map((version) =>
      published(table({ version, samples: [10 + version, 20, 30 - version] })),
    )
    let held = versions[0]!
    for (const next of versions.slice(1))
      held = arrived(held, sent(versions[next.version - 2]!, next))
    expect(textOf(held)).toBe(textOf(versions[3]!))
  })

  it('is for its own base only: after a gap, in another order or twice it is refused', () => {
    const [one, two, three] = [1, 2, 3].map((version) =>
      published(table({ version, samples: [10 + version, 20, 30] })),
    )
    const last = sent(two!, three!)
    expect(() => arrived(one!, last)).toThrow('is for version 2, not 1')
    expect(() => arrived(three!, last)).toThrow('is for version 2, not 3')
    const elsewhere = published(
      table({ version: 2, epoch: '00000000-0000-4000-8000-000000000001' }),
    )
    expect(() => arrived(elsewhere, last)).toThrow('is for version 2')
    expect(deltaBetween(elsewhere, three!)).toBeUndefined()
  })

  it('is refused by a base that had diverged in any row, and leaves that alone', () => {
    const base = published(table())
    const delta = sent(base, published(table({ version: 2, samples: [10, 20, 31] })))
    const diverged = published(table({ samples: [11, 20, 30] }))
    const before = textOf(diverged)
    expect(() => arrived(diverged, delta)).not.toThrow('version')
    expect(() => arrived(diverged, delta)).toThrow('not those that were published')
    expect(textOf(diverged)).toBe(before)
  })

  it('is refused when what it makes would break the contract', () => {
    const base = published(table())
    const { changed, cells, ...delta } = sent(base, published(table({ version: 2 })))
    const shrunk = { ...delta, cells, changed: { ...changed, tasks: ['coding'] } }
    expect(() => arrived(base, shrunk)).toThrow('at cells.task: names no task')
    const fewer = { ...delta, changed, cells: { ...cells, at: [0], samples: [8] } }
    expect(() => arrived(base, fewer)).toThrow('at cells.successes: exceeds samples')
  })

  it('is refused when any character of it was changed', () => {
    const base = published(table())
    const text = writeDeltaText(sent(base, published(table({ version: 2, samples: [10, 21, 30] }))))
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.constantFrom('0', '7', 'x', '"', ','),
        (at, other) => {
          fc.pre(text[at] !== other)
          expect(() => parseDeltaText(text.slice(0, at) + other + text.slice(at + 1))).toThrow()
        },
      ),
      { numRuns: 500 },
    )
    expect(() => parseDeltaText(text.slice(0, -1))).toThrow('is not JSON')
  })

  it('is refused when its rows were tampered with, even where its own hash was made anew', () => {
    fc.assert(
      fc.property(pairs, tamperings, ({ base, next }, tamper) => {
        const delta = deltaBetween(base, next)
        fc.pre(delta !== undefined)
        const tampered = { ...delta, cells: tamper(delta.cells) }
        fc.pre(writeDeltaText(tampered) !== writeDeltaText(delta))
        let after: Snapshot
        try {
          after = arrived(base, tampered)
        } catch {
          return
        }
        // What passes means the same rows.
        expect(rowsOf(after)).toEqual(rowsOf(next))
      }),
      { numRuns: 500 },
    )
  })

  it('of format 1 can be read for ever', () => {
    const fixture = (name: string) =>
      readFileSync(new URL(`../__fixtures__/${name}`, import.meta.url), 'utf8')
    const base = published(table())
    const next = published(table({ version: 2, samples: [10, 21, 30] }))
    const text = fixture('v1-delta.json.txt')
    expect(textOf(applyDelta(base, parseDeltaText(text)))).toBe(textOf(next))
    expect(writeDeltaText(sent(base, next))).toBe(text)
  })
})

function table({
  samples = [10, 20, 30],
  ...head
}: Partial<Pick<SnapshotContent, 'version' | 'epoch'>> & { samples?: number[] } = {}) {
  return {
    epoch,
    version: 1,
    createdAt: '2026-08-19T07:31:00.000Z',
    windowDays: 7,
    policy: { kind: 'threshold', exploration: 0.05 },
    tasks: ['coding', 'law'],
    models: [
      { provider: 'codex', name: 'codex' },
      { provider: 'anthropic', name: 'claude-sonnet', thinkingLevel: 'high' },
    ],
    cells: {
      task: [0, 0, 1],
      model: [0, 1, 1],
      samples,
      successes: [9, 20, 3],
      quality: [0.91, null, null],
      responseTimeMs: [1830.5, 2210, null],
      costUsd: [0.0123, null, null],
    },
    ...head,
  }
}

type CellsDelta = DeltaContent['cells']

const tamperings: fc.Arbitrary<(cells: CellsDelta) => CellsDelta> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('removed', 'inserted', 'at', 'task', 'model', 'samples', 'quality' as const),
      fc.nat(3),
      fc.nat(5),
    )
    .map(([name, at, value]) => (cells: CellsDelta) => {
      const column = Object.entries(cells).find(([each]) => each === name)?.[1] ?? []
      return { ...cells, [name]: [...column.slice(0, at), value, ...column.slice(at + 1)] }
    }),
  fc
    .constantFrom('samples', 'successes', 'quality', 'costUsd')
    .map((name) => (cells: CellsDelta) => ({ ...cells, [name]: undefined })),
  fc.constant((cells: CellsDelta) => ({
    ...cells,
    removed: cells.inserted,
    inserted: cells.removed,
  })),
)

/** The rows with their names, in any order. */
function rowsOf({ tasks, models, cells }: Snapshot): string[] {
  return cells.task
    .map((task, at) =>
      JSON.stringify([
        tasks[task],
        models[cells.model[at] ?? -1],
        Object.entries(cells).flatMap(([name, column]) =>
          name === 'task' || name === 'model' || column === undefined ? [] : [name, column[at]],
        ),
      ]),
    )
    .toSorted()
}
