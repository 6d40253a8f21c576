import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnNames } from '../snapshot/cell-columns.ts'
import type { Snapshot, SnapshotContent } from '../snapshot/snapshot.ts'
import { snapshotFieldsSchema } from '../snapshot/snapshot.ts'
import { parseSnapshotText, writeSnapshotText } from '../snapshot/snapshot-text.ts'
import {
  applyDelta,
  DELTA_FORMAT,
  type DeltaContent,
  deltaBetween,
  parseDeltaText,
  writeDeltaText,
} from './snapshot-delta.ts'

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
    fleet: fc.option(fc.constantFrom({ id: epoch }, { id: epoch, name: 'b"' })),
    notices: fc.option(
      fc.array(
        fc.record(
          {
            instanceId: fc.constantFrom('one', 'two'),
            kind: fc.constantFrom('quarantined', 'of-a-later-version'),
            message: fc.constant('what to do'),
            since: fc.constant('2026-08-19T07:31:00.000Z'),
            outcomes: fc.nat(9),
            cells: fc.array(fc.constant('coding / codex'), { maxLength: 2 }),
          },
          { requiredKeys: ['instanceId', 'kind', 'message'] },
        ),
        { maxLength: 3 },
      ),
    ),
    moreNotices: fc.option(fc.constant(2)),
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

/** Two snapshots of one epoch; of the same shape in two cases of three. */
const pairs = fc
  .tuple(contents, contents, fc.nat(2), fc.infiniteStream(fc.nat(3)))
  .map(([one, other, shape, picks]) => {
    const base = published(one)
    const { tasks, models } = one
    if (shape === 0) return { base, next: published({ ...other, version: 2 }) }
    // Values of the other snapshot in some rows of some columns.
    const cells = Object.fromEntries(
      Object.entries(one.cells).map(([name, column = []]) => {
        const values = columnOf(other, name)
        const isKey = name === 'task' || name === 'model'
        return [
          name,
          column.map((value, row) =>
            isKey || picks.next().value !== 0 ? value : (values[row] ?? value),
          ),
        ]
      }),
    )
    const successes = one.cells.successes.map((_, row) =>
      Math.min(cells['successes']?.[row] ?? 0, cells['samples']?.[row] ?? 0),
    )
    const similarity = shape === 1 ? one.similarity : undefined
    const content = { ...other, version: 2, tasks, models, similarity }
    return { base, next: published({ ...content, cells: { ...one.cells, ...cells, successes } }) }
  })

function columnOf({ cells }: SnapshotContent, name: string): readonly (number | null)[] {
  return Object.entries(cells).find(([each]) => each === name)?.[1] ?? []
}

function shapeOf({ tasks, models, cells }: Snapshot): string {
  return JSON.stringify([tasks, models, cells.task, cells.model, Object.keys(cells)])
}

describe('a delta', () => {
  it('makes exactly the next snapshot where the shape is the same, and leaves the base as it was', () => {
    fc.assert(
      fc.property(pairs, ({ base, next }) => {
        const before = textOf(base)
        const delta = deltaBetween(base, next)
        expect(delta !== undefined).toBe(shapeOf(base) === shapeOf(next))
        if (delta === undefined) return
        const after = arrived(base, delta)
        expect(textOf(after)).toBe(textOf(next))
        expect(after.hash).toBe(next.hash)
        expect(textOf(base)).toBe(before)
      }),
      { numRuns: 500 },
    )
  })

  it.each<[string, (content: SnapshotContent) => Partial<SnapshotContent>]>([
    ['a task type has another name', () => ({ tasks: ['coding', 'chat'] })],
    ['a model has another name', ({ models }) => ({ models: models.toReversed() })],
    ['a model comes', ({ models }) => ({ models: [...models, { provider: 'a', name: 'b' }] })],
    ['cells are of another task', ({ cells }) => ({ cells: { ...cells, task: [0, 1, 1] } })],
    ['cells are of another model', ({ cells }) => ({ cells: { ...cells, model: [1, 1, 1] } })],
    ['a column comes', ({ cells }) => ({ cells: { ...cells, reward: [0, 0, 0] } })],
    ['a cell goes', ({ cells }) => ({ cells: withoutFirst(cells) })],
    ['the epoch is another one', () => ({ epoch: '00000000-0000-4000-8000-000000000001' })],
  ])('is not made where %s', (_, change) => {
    const content = table()
    const next = published({ ...content, version: 2, ...change(content) })
    expect(deltaBetween(published(content), next)).toBeUndefined()
    expect(deltaBetween(next, published({ ...content, version: 3 }))).toBeUndefined()
  })

  it.each(columnNames)('carries a change of the column %s alone', (name) => {
    const rows = { evidence: [1, 2, 3], reward: [0, 0, 0], fadedEvidence: [1, 2, 3] }
    const content = table()
    const cells = { ...content.cells, ...rows, fadedReward: [0, 0, 0] }
    const [first, ...others] = columnOf({ ...content, cells }, name)
    const other = name === 'samples' ? 11 : first === 0 ? 1 : 0
    const changed = { ...cells, [name]: [other, ...others] }
    const base = published({ ...content, cells })
    const next = published({ ...content, version: 2, cells: changed })
    expect(next.cells).not.toEqual(base.cells)
    const delta = sent(base, next)
    expect(Object.keys(delta.cells).toSorted()).toEqual(['at', name].toSorted())
    expect(textOf(arrived(base, delta))).toBe(textOf(next))
  })

  it.each<[string, Partial<SnapshotContent>]>([
    ['windowDays', { windowDays: 14 }],
    ['policy', { policy: { kind: 'threshold', exploration: 0.1 } }],
    ['confidence', { confidence: { slope: 0.01, midpoint: 50, floor: 5 } }],
    ['pinnedFrom', { pinnedFrom: 1 }],
    ['defaults', { defaults: { coding: { codex: 0.5 } } }],
    ['catalogue', { catalogue: [{ key: 'codex', provider: 'codex', model: 'gpt-5-codex' }] }],
    ['queueWatermark', { queueWatermark: 7 }],
    ['similarity', { similarity: { one: [0], other: [1], value: [0.5] } }],
    ['bases', { bases: { mean: [0.5, 0.7], certainty: [0, 1], priorMass: [10, 3.5] } }],
    ['escalation', { escalation: { task: [1], dependence: [2.25] } }],
    ['tokens', { tokens: { task: [1], input: [9_000], cacheRead: [8_000], output: [500] } }],
    ['fleet', { fleet: { id: epoch, name: 'production' } }],
    ['notices', { notices: [{ instanceId: 'a', kind: 'new', message: 'look', other: [1] }] }],
    ['moreNotices', { moreNotices: 3 }],
    ['late', { late: ['coding'] }],
    ['paths', { paths: ['coding/rust'] }],
    ['prices', { prices: [{ model: 0, inputUsdPerMTokens: 2, outputUsdPerMTokens: 10 }] }],
  ])('carries %s where it comes, changes or goes', (name, change) => {
    const plain = published(table())
    const other = published({ ...table({ version: 2 }), ...change })
    expect(Object.keys(sent(plain, other).changed)).toEqual([name])
    expect(textOf(arrived(plain, sent(plain, other)))).toBe(textOf(other))
    const back = published(table({ version: 3 }))
    expect(textOf(arrived(other, sent(other, back)))).toBe(textOf(back))
  })

  it('of this format knows exactly these fields: another one needs a new format', () => {
    const { cells, ...fields } = snapshotFieldsSchema.shape
    expect({ DELTA_FORMAT, fields: Object.keys(fields), columns: columnNames }).toEqual({
      DELTA_FORMAT: 5,
      fields: [
        ...['format', 'hash', 'epoch', 'version', 'fleet', 'createdAt', 'windowDays', 'policy'],
        ...['confidence', 'pinnedFrom', 'defaults', 'catalogue', 'queueWatermark', 'similarity'],
        ...[
          'late',
          'splits',
          'bases',
          'escalation',
          'tokens',
          'notices',
          'moreNotices',
          'availability',
          'tasks',
          'paths',
          'models',
          'prices',
        ],
      ],
      columns: [
        ...['samples', 'successes', 'quality', 'responseTimeMs', 'costUsd'],
        ...['evidence', 'reward', 'fadedEvidence', 'fadedReward'],
      ],
    })
  })

  it('carries only what changed, and shares the rest', () => {
    const base = published(table())
    const next = published(table({ version: 2, samples: [10, 21, 30] }))
    const delta = sent(base, next)
    expect(delta.cells).toEqual({ at: [1], samples: [21] })
    expect(delta.changed).toEqual({})
    const after = arrived(base, delta)
    expect(after.cells.responseTimeMs).toBe(base.cells.responseTimeMs)
    expect(after.tasks).toBe(base.tasks)
    expect(after.models).toBe(base.models)
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

  it('is refused by a base of other content, and leaves that alone', () => {
    const base = published(table())
    const delta = sent(base, published(table({ version: 2, samples: [10, 20, 31] })))
    const other = published(table({ samples: [11, 20, 30] }))
    const before = textOf(other)
    expect(() => arrived(other, delta)).toThrow('for other content of version 1')
    expect(textOf(other)).toBe(before)
  })

  it.each<[string, Partial<DeltaContent>]>([
    ['at cells.successes: exceeds samples', { cells: { at: [0], samples: [8] } }],
    [
      'at escalation.task: names no task',
      { changed: { escalation: { task: [2], dependence: [1] } } },
    ],
    [
      'at escalation.dependence: length differs',
      { changed: { escalation: { task: [1], dependence: [] } } },
    ],
    [
      'at tokens.task: names no task',
      { changed: { tokens: { task: [2], input: [1], cacheRead: [0], output: [1] } } },
    ],
    [
      'at tokens.cacheRead: length differs',
      { changed: { tokens: { task: [1], input: [1], cacheRead: [], output: [1] } } },
    ],
    ['at similarity.one: names no task', { changed: { similarity: pairOf(2) } }],
    ['breaks the contract', { changed: { windowDays: null } }],
    ['values for rows that are not there', { cells: { at: [0, 1], samples: [8] } }],
    ['values for rows that are not there', { cells: { at: [0], evidence: [8] } }],
    ['names no row', { cells: { at: [3], samples: [8] } }],
  ])('is refused when what it makes would break the contract: %s', (problem, change) => {
    const base = published(table())
    const delta = { ...sent(base, published(table({ version: 2 }))), ...change }
    expect(() => arrived(base, delta)).toThrow(problem)
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

  const fixture = (name: string) =>
    readFileSync(new URL(`../__fixtures__/${name}`, import.meta.url), 'utf8')

  it('of format 1 can be read for ever', () => {
    const base = published(table())
    const next = published(table({ version: 2, samples: [10, 21, 30] }))
    const delta = parseDeltaText(fixture('v1-delta.json.txt'))
    expect(textOf(applyDelta(base, delta))).toBe(textOf(next))
  })

  it('of format 2 can be read for ever, and carries notices', () => {
    const fleet = { id: epoch, name: 'production' }
    const notice = { instanceId: 'agent-1', kind: 'quarantined', message: 'not counted' }
    const base = published({ ...table(), fleet, notices: [] })
    const next = published({ ...table({ version: 2 }), fleet, notices: [notice] })
    const delta = parseDeltaText(fixture('v2-delta.json.txt'))
    expect(textOf(applyDelta(base, delta))).toBe(textOf(next))
  })

  it('of format 3 can be read for ever, and carries late task types, paths and bases', () => {
    const bases = { mean: [0.7, 0.5], certainty: [0.5, 0.25], priorMass: [20, 30] }
    const base = published({ ...table(), paths: ['coding/rust'] })
    const next = published({
      ...table({ version: 2, samples: [10, 21, 30] }),
      ...{ paths: ['coding/zig'], late: ['coding'], bases },
    })
    const delta = parseDeltaText(fixture('v3-delta.json.txt'))
    expect(textOf(applyDelta(base, delta))).toBe(textOf(next))
  })

  it('of format 4 can be read for ever, and carries splits and prices', () => {
    const next = published({
      ...table({ version: 2, samples: [10, 22, 30] }),
      splits: ['coding/team-3f2a90b1'],
      prices: [{ model: 0, inputUsdPerMTokens: 2, outputUsdPerMTokens: 10 }],
    })
    const delta = parseDeltaText(fixture('v4-delta.json.txt'))
    expect(textOf(applyDelta(published(table()), delta))).toBe(textOf(next))
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

function withoutFirst(cells: SnapshotContent['cells']): SnapshotContent['cells'] {
  const columns = Object.entries(cells).map(([name, column]) => [name, column?.slice(1)])
  return { ...cells, ...Object.fromEntries(columns) }
}

function pairOf(task: number) {
  return { one: [task], other: [0], value: [0.5] }
}
