import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SnapshotContent } from './snapshot.ts'
import { InvalidSnapshotError, parseSnapshotText, writeSnapshotText } from './snapshot-text.ts'

/** What v1-snapshot.json.txt was written from: every optional field of the first release is present. */
const snapshotContent: SnapshotContent = {
  epoch: '7d0c1a52-9f0e-4a6b-8f3d-2b7a5c9e1f04',
  version: 412,
  createdAt: '2026-08-19T07:31:00.000Z',
  windowDays: 7,
  policy: { kind: 'threshold', exploration: 0.05 },
  confidence: { slope: 0.01, midpoint: 50, floor: 5 },
  pinnedFrom: 398,
  defaults: { coding: { codex: 0.95, 'claude-sonnet': 0.82 } },
  catalogue: [
    {
      key: 'codex',
      provider: 'codex',
      model: 'gpt-5-codex',
      inputUsdPerMTokens: 1.25,
      outputUsdPerMTokens: 10,
      contextTokens: 400_000,
      images: true,
      tools: true,
      thinkingLevels: ['low', 'medium', 'high'],
    },
  ],
  tasks: ['coding', 'law'],
  models: [
    { provider: 'codex', name: 'codex' },
    { provider: 'anthropic', name: 'claude-sonnet', thinkingLevel: 'high' },
  ],
  cells: {
    task: [0, 0, 1],
    model: [0, 1, 1],
    samples: [120, 47, 3],
    successes: [110, 45, 0],
    quality: [0.91, null, null],
    responseTimeMs: [1830.5, 2210, null],
    costUsd: [0.0123, null, null],
  },
}

/** What v1-snapshot-learning.json.txt was written from: what policy `thompson` rests on. */
const learningContent: SnapshotContent = {
  epoch: '7d0c1a52-9f0e-4a6b-8f3d-2b7a5c9e1f04',
  version: 9_172,
  createdAt: '2026-11-22T18:30:00.000Z',
  windowDays: 7,
  policy: {
    kind: 'thompson',
    priorMass: 10,
    exploration: 0.005,
    costWeight: 0.1,
    staleHalfLifeHours: 48,
    tasks: {
      law: {
        kind: 'thompson',
        priorMass: 25,
        exploration: 0,
        costWeight: 0,
        staleHalfLifeHours: 12,
      },
      chat: { kind: 'threshold', exploration: 0.05 },
      coding: { kind: 'knapsack', budgetUsd: 10 },
    },
  },
  queueWatermark: 88_123,
  similarity: { one: [0, 0], other: [1, 2], value: [0.62, 0] },
  tasks: ['coding', 'law', 'chat'],
  models: [
    { provider: 'codex', name: 'codex' },
    { provider: 'anthropic', name: 'claude-sonnet', thinkingLevel: 'high' },
  ],
  cells: {
    task: [0, 0, 1, 2],
    model: [0, 1, 1, 0],
    samples: [120, 47, 3, 0],
    successes: [110, 45, 0, 0],
    quality: [0.91, null, null, null],
    responseTimeMs: [1830.5, 2210, null, null],
    costUsd: [0.0123, null, null, null],
    evidence: [96.5, 47, 3, 0],
    reward: [0.909, 0.957446808510638, 0, 0],
    fadedEvidence: [12.25, 0, 0, 0.75],
    fadedReward: [0.8, 0, 0, 1],
  },
}

const fixture = readFileSync(new URL('../__fixtures__/v1-snapshot.json.txt', import.meta.url))
const text = fixture.toString('utf8')

/** Writes with a valid hash whatever was made of the content, as a faulty or later worker would. */
function sealed(change: (snapshot: Record<string, unknown>) => unknown): string {
  const open = JSON.stringify(change({ format: 1, hash: '', ...structuredClone(snapshotContent) }))
  const hash = createHash('sha256').update(open).digest('hex')
  return open.replace('"hash":""', `"hash":"${hash}"`)
}

function withCells(cells: Record<string, unknown>): string {
  return sealed((snapshot) => ({ ...snapshot, cells: { ...snapshotContent.cells, ...cells } }))
}

describe('a snapshot of version 1', () => {
  it('parses for ever', () => {
    expect(parseSnapshotText(text)).toEqual({
      ...snapshotContent,
      format: 1,
      hash: '6930d3c92023d1a619d2a5104888f739d0fde3ac446e1c550668e5b98fd9ba61',
    })
  })

  it('is written with the same bytes for ever', () => {
    expect(writeSnapshotText(snapshotContent)).toBe(text)
  })

  it('parses without its optional fields', () => {
    const { confidence, pinnedFrom, defaults, catalogue, ...required } = snapshotContent
    expect(parseSnapshotText(writeSnapshotText(required))).toMatchObject(required)
  })

  it('parses without any cells', () => {
    const cells = {
      task: [],
      model: [],
      samples: [],
      successes: [],
      quality: [],
      responseTimeMs: [],
      costUsd: [],
    }
    const empty = { ...snapshotContent, tasks: [], models: [], cells }
    expect(parseSnapshotText(writeSnapshotText(empty)).cells).toEqual(cells)
  })

  it('ignores fields it does not know', () => {
    const later = sealed((snapshot) => ({ ...snapshot, canary: { share: 0.1 } }))
    expect(parseSnapshotText(later)).not.toHaveProperty('canary')
    expect(parseSnapshotText(later).version).toBe(412)
  })

  it('carries a policy of a later version along', () => {
    const policy = { kind: 'knapsack', budgetUsd: 10, exploration: 0.02 }
    expect(parseSnapshotText(writeSnapshotText({ ...snapshotContent, policy })).policy).toEqual(
      policy,
    )
  })
})

describe('a snapshot of version 1 with what policy thompson rests on', () => {
  const learning = readFileSync(
    new URL('../__fixtures__/v1-snapshot-learning.json.txt', import.meta.url),
    'utf8',
  )

  it('parses for ever', () => {
    expect(parseSnapshotText(learning)).toEqual({
      ...learningContent,
      format: 1,
      hash: 'd5c3f1ef4e539e36d56fb0cacb8b7065189fa45de2a4bd80ad10f8b5843ab43f',
    })
  })

  it('is written with the same bytes for ever', () => {
    expect(writeSnapshotText(learningContent)).toBe(learning)
    expect(writeSnapshotText(parseSnapshotText(learning))).toBe(learning)
  })

  it.each([
    ['cells.evidence.1', { evidence: [96.5, -1, 3, 0] }],
    ['cells.reward.0', { reward: [1.01, 0.9, 0, 0] }],
    ['cells.fadedEvidence.3', { fadedEvidence: [12.25, 0, 0, null] }],
    ['cells.fadedReward.3', { fadedReward: [0.8, 0, 0, -0.1] }],
    ['cells.evidence', { evidence: [96.5, 47, 3] }],
    ['cells.fadedReward', { fadedReward: [] }],
  ])('is refused for a wrong %s', (path, columns) => {
    const cells = { ...learningContent.cells, ...columns }
    const faulty = sealed((snapshot) => ({ ...snapshot, ...learningContent, cells }))
    expect(() => parseSnapshotText(faulty)).toThrow(`breaks the contract at ${path}: `)
  })

  it.each([
    ['similarity.value.0', { one: [0], other: [1], value: [1.5] }],
    ['similarity.one', { one: [3], other: [1], value: [0.5] }],
    ['similarity.other', { one: [0], other: [], value: [0.5] }],
    ['queueWatermark', undefined],
  ])('is refused for a wrong %s of it', (path, similarity) => {
    const change = similarity === undefined ? { queueWatermark: -1 } : { similarity }
    const faulty = sealed((snapshot) => ({ ...snapshot, ...learningContent, ...change }))
    expect(() => parseSnapshotText(faulty)).toThrow(`breaks the contract at ${path}: `)
  })
})

describe('a snapshot of version 1 with a fleet and notices', () => {
  const named = readFileSync(
    new URL('../__fixtures__/v1-snapshot-notices.json.txt', import.meta.url),
    'utf8',
  )

  it('parses for ever, with kinds and facts of later versions, and is written with the same bytes', () => {
    const snapshot = parseSnapshotText(named)
    expect(snapshot).toMatchObject({
      fleet: { id: '0b6c1f6e-6d0c-4a55-9a3e-3f1f5b0f2d10', name: 'production' },
      notices: [
        { instanceId: 'agent-1', kind: 'quarantined', outcomes: 400, cells: ['coding / codex'] },
        { kind: 'of-a-later-version', message: 'look at this', facts: { any: [1, null, 'x'] } },
      ],
      moreNotices: 12,
    })
    expect(writeSnapshotText(snapshot)).toBe(named)
  })
})

describe('writeSnapshotText', () => {
  it('writes the same bytes whatever order the fields come in', () => {
    const reversed = (record: object) => Object.fromEntries(Object.entries(record).reverse())
    const shuffled: SnapshotContent = {
      ...snapshotContent,
      ...reversed({
        ...snapshotContent,
        cells: reversed(snapshotContent.cells),
        models: snapshotContent.models.map(reversed),
      }),
    }
    expect(writeSnapshotText(shuffled)).toBe(text)
  })

  it('gives a rewritten snapshot a hash of its own', () => {
    const rewritten = writeSnapshotText({ ...parseSnapshotText(text), version: 413 })
    expect(parseSnapshotText(rewritten).version).toBe(413)
    expect(parseSnapshotText(rewritten).hash).not.toBe(parseSnapshotText(text).hash)
  })

  it('comes back from its text unchanged', () => {
    const share = fc.option(fc.double({ min: 0, max: 1, noNaN: true }))
    const measured = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }))
    const cell = fc.record({
      task: fc.nat(1),
      model: fc.nat(1),
      successes: fc.nat(1000),
      failures: fc.nat(1000),
      quality: share,
      responseTimeMs: measured,
      costUsd: measured,
    })
    const name = fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' })
    fc.assert(
      fc.property(
        fc.array(cell, { maxLength: 20 }),
        fc.tuple(name, name),
        fc.integer({ min: 1 }),
        (rows, [one, other], version) => {
          const content: SnapshotContent = {
            ...snapshotContent,
            version,
            models: [
              { provider: one, name: other },
              { provider: other, name: '"hash":""', thinkingLevel: 'high' },
            ],
            cells: {
              task: rows.map(({ task }) => task),
              model: rows.map(({ model }) => model),
              samples: rows.map(({ successes, failures }) => successes + failures),
              successes: rows.map(({ successes }) => successes),
              quality: rows.map(({ quality }) => quality),
              responseTimeMs: rows.map(({ responseTimeMs }) => responseTimeMs),
              costUsd: rows.map(({ costUsd }) => costUsd),
            },
          }
          const { hash, ...read } = parseSnapshotText(writeSnapshotText(content))
          expect(hash).toMatch(/^[0-9a-f]{64}$/)
          expect(JSON.stringify(read)).toBe(JSON.stringify({ format: 1, ...content }))
        },
      ),
    )
  })
})

describe('a damaged snapshot', () => {
  it('is refused whichever single byte changed', () => {
    fc.assert(
      fc.property(
        fc.nat(fixture.length - 1),
        fc.integer({ min: 1, max: 255 }),
        (position, difference) => {
          const damaged = Buffer.from(fixture)
          damaged.writeUInt8(fixture.readUInt8(position) ^ difference, position)
          expect(() => parseSnapshotText(damaged.toString('utf8'))).toThrow(InvalidSnapshotError)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('is refused at whatever byte it was cut off', () => {
    for (let length = 0; length < fixture.length; length += 7) {
      expect(() => parseSnapshotText(text.slice(0, length))).toThrow(InvalidSnapshotError)
    }
  })

  it.each([
    ['an added newline', `${text}\n`],
    ['a doubled text', text + text],
    ['an HTML page', '<!doctype html><title>502</title>'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
  ])('is refused when it is %s', (_, damaged) => {
    expect(() => parseSnapshotText(damaged)).toThrow(InvalidSnapshotError)
  })

  it('says that the hash does not match', () => {
    expect(() => parseSnapshotText(text.replace('"samples":[120', '"samples":[121'))).toThrow(
      'snapshot is damaged: its hash does not match its content',
    )
  })
})

describe('a snapshot that breaks the contract', () => {
  it('is refused in a format that is not known', () => {
    const later = sealed((snapshot) => ({ ...snapshot, format: 2 }))
    expect(() => parseSnapshotText(later)).toThrow(/breaks the contract at format:/)
  })

  it.each<[string, Record<string, unknown>]>([
    ['epoch', { epoch: 'first' }],
    ['version', { version: 0 }],
    ['version', { version: 1.5 }],
    ['createdAt', { createdAt: 'today' }],
    ['windowDays', { windowDays: 0 }],
    ['policy.kind', { policy: {} }],
    ['confidence.slope', { confidence: { slope: 0, midpoint: 50, floor: 5 } }],
    ['defaults.coding.codex', { defaults: { coding: { codex: 1.2 } } }],
    ['catalogue.0.key', { catalogue: [{ key: '', provider: 'codex', model: 'codex' }] }],
    ['tasks.1', { tasks: ['coding', 'Law'] }],
    ['models.0.name', { models: [{ provider: 'codex' }, { provider: 'a', name: 'b' }] }],
    ['cells', { cells: [] }],
  ])('is refused with the path %s', (path, change) => {
    const faulty = sealed((snapshot) => ({ ...snapshot, ...change }))
    expect(() => parseSnapshotText(faulty)).toThrow(`breaks the contract at ${path}: `)
  })

  it('is refused when columns differ in length', () => {
    expect(() => parseSnapshotText(withCells({ samples: [120, 47] }))).toThrow(
      'at cells.samples: length differs',
    )
  })

  it('is refused when a price names a model that is not there', () => {
    const priced = sealed((snapshot) => ({ ...snapshot, prices: [{ model: 2 }] }))
    expect(() => parseSnapshotText(priced)).toThrow('at prices: names no model')
  })

  it('is refused when a cell names a task or a model that is not there', () => {
    expect(() => parseSnapshotText(withCells({ task: [0, 0, 2] }))).toThrow(
      'at cells.task: names no task',
    )
    expect(() => parseSnapshotText(withCells({ model: [0, 1, 2] }))).toThrow(
      'at cells.model: names no model',
    )
  })

  it('is refused when a cell has more successes than samples', () => {
    expect(() => parseSnapshotText(withCells({ successes: [121, 45, 0] }))).toThrow(
      'at cells.successes: exceeds samples',
    )
  })

  it('is refused when a number is not one', () => {
    expect(() => parseSnapshotText(withCells({ samples: [120, null, 3] }))).toThrow(
      'at cells.samples.1: ',
    )
    expect(() => parseSnapshotText(withCells({ quality: [0.91, 1.5, null] }))).toThrow(
      'at cells.quality.1: ',
    )
  })
})
