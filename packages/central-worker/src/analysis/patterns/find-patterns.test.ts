import { patternsBodySchema } from '@winrate/shared-schema/http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contrastRates } from '../contrast/contrast.ts'
import { findPatterns } from './find-patterns.ts'
import { findInstancePatterns, type InstanceSums } from './instance-patterns.ts'
import { findModelPatterns, findThinkingPatterns } from './model-patterns.ts'
import { aCell } from './testing/a-cell.ts'

function sums(
  instanceId: string,
  successes: number,
  samples: number,
  fields: Partial<InstanceSums> = {},
): InstanceSums {
  const cell = { taskType: 'coding', provider: 'openai', modelName: 'gpt-4o', thinkingLevel: '' }
  return { ...cell, span: 0, instanceId, samples, successes, ...fields }
}

const others = (successes: number, samples: number, fields: Partial<InstanceSums> = {}) =>
  ['b', 'c', 'd', 'e'].map((name) => sums(name, successes, samples, fields))

describe('model patterns', () => {
  it('show the gain over the mean of the models at the task type', () => {
    const patterns = findModelPatterns([
      aCell({ modelName: 'a', samples: 1_000, successes: 900 }),
      aCell({ modelName: 'b', samples: 50, successes: 30 }),
      aCell({ modelName: 'c', samples: 100, successes: 60 }),
      aCell({ modelName: 'a', taskType: 'chat', samples: 100, successes: 10 }),
    ])
    expect(patterns).toHaveLength(3)
    expect(patterns[0]).toMatchObject({
      ...{
        modelName: 'a',
        samples: 1_000,
        winRate: 0.9,
        meanWinRate: expect.closeTo(0.7, 9),
        models: 3,
      },
      ...{ points: 20, clear: true },
    })
  })

  it('take the thinking levels of a model together, and leave out what has too few samples', () => {
    const patterns = findModelPatterns([
      aCell({ modelName: 'a', samples: 6, successes: 6 }),
      aCell({ modelName: 'a', samples: 4, successes: 2, thinkingLevel: 'high' }),
      aCell({ modelName: 'b', samples: 20, successes: 10 }),
      aCell({ modelName: 'c', samples: 9, successes: 9 }),
    ])
    expect(patterns.map(({ modelName }) => modelName).sort()).toEqual(['a', 'b'])
    expect(patterns.find(({ modelName }) => modelName === 'a')).toMatchObject({
      ...{ samples: 10, winRate: 0.8, models: 2, points: 15 },
    })
  })

  it('stay bounded however many models and task types a publisher invents', () => {
    const cells = Array.from({ length: 300 * 60 }, (_, at) =>
      aCell({
        taskType: `task${at % 300}`,
        modelName: `model-${at}`,
        samples: 10 + at,
        successes: 9,
      }),
    )
    expect(findModelPatterns(cells)).toHaveLength(100 * 40)
  })
})

describe('instance patterns', () => {
  it('do not blame an instance for a harder mix of work', () => {
    const hard = { taskType: 'architecture' }
    const patterns = findInstancePatterns(
      [
        ...[sums('a', 20, 20), sums('a', 72, 180, hard)],
        ...[...others(190, 190), ...others(4, 10, hard)],
      ],
      [],
    )
    const own = patterns.find(({ instanceId }) => instanceId === 'a')
    // Overall it succeeds at 46 % where the others succeed at 97 %.
    expect(own).toMatchObject({ points: 0, clear: false, samples: 200, cells: 2 })
    expect(own?.winRate).toBeCloseTo(own?.expectedWinRate ?? 0, 9)
  })

  it('do not blame an instance for the days on which it worked', () => {
    const patterns = findInstancePatterns(
      [
        ...[sums('a', 90, 100), sums('a', 4, 10, { span: 1 })],
        ...[...others(9, 10), ...others(40, 100, { span: 1 })],
      ],
      [],
    )
    expect(patterns.find(({ instanceId }) => instanceId === 'a')).toMatchObject({ points: 0 })
  })

  it('say by how much an instance differs from the others', () => {
    const patterns = findInstancePatterns([sums('a', 50, 100), ...others(80, 100)], [])
    expect(patterns[0]).toMatchObject({
      ...{ instanceId: 'a', samples: 100, cells: 1, winRate: 0.5, quarantined: false },
      ...{ expectedWinRate: 0.8, points: expect.closeTo(-30, 6), clear: true },
    })
    expect(patterns[0]?.lowPoints).toBeLessThan(-30)
    expect(patterns[0]?.highPoints).toBeGreaterThan(-30)
  })

  it('compare with what is counted: quarantined outcomes are no reference, but are compared', () => {
    const bad = sums('bad', 0, 1_000)
    const cell = { taskType: 'coding', provider: 'openai', modelName: 'gpt-4o' }
    const leftOut = { instanceId: 'bad', ...cell, thinkingLevel: null }
    const patterns = findInstancePatterns([bad, sums('a', 80, 100), ...others(80, 100)], [leftOut])
    expect(patterns[0]).toMatchObject({ instanceId: 'bad', quarantined: true, points: -80 })
    expect(patterns.slice(1).every(({ points, clear }) => points === 0 && !clear)).toBe(true)
  })

  it('are not certain if no outcome failed: the interval is that of the rates themselves', () => {
    const { difference, low, high } = contrastRates([
      { successes: 10, samples: 10, weight: 1 },
      { successes: 40, samples: 40, weight: -1 },
    ])
    const patterns = findInstancePatterns([sums('a', 10, 10), ...others(10, 10)], [])
    expect(patterns.find(({ instanceId }) => instanceId === 'a')).toMatchObject({
      points: difference,
      lowPoints: Number((low * 100).toFixed(2)),
      highPoints: Number((high * 100).toFixed(2)),
    })
  })

  it('take names together that mean the same', () => {
    const twice = [sums('a', 20, 50), sums('a', 30, 50), ...others(80, 100)]
    expect(findInstancePatterns(twice, [])).toEqual(
      findInstancePatterns([sums('a', 50, 100), ...others(80, 100)], []),
    )
  })

  it('leave out cells of a single instance, and instances that share too little', () => {
    const alone = { modelName: 'its-own' }
    const patterns = findInstancePatterns(
      [sums('a', 500, 500, alone), sums('a', 9, 9), ...others(80, 100)],
      [],
    )
    expect(patterns.map(({ instanceId }) => instanceId)).not.toContain('a')
  })

  it('bear sums that corrections have taken below nothing', () => {
    const rows = [sums('f', 15, 20), ...others(80, 100)]
    const found = findInstancePatterns([sums('a', -3, -20), ...rows], [])
    expect(found).toEqual(findInstancePatterns(rows, []))
    const [tooMany] = findInstancePatterns([sums('f', 30, 20), ...others(80, 100)], [])
    expect(tooMany).toMatchObject({ instanceId: 'f', winRate: 1 })
  })
})

describe('thinking patterns', () => {
  it('show what a level gains over the same model without one, and its time and cost', () => {
    const patterns = findThinkingPatterns([
      aCell({ samples: 400, successes: 280, avgResponseTimeMs: 900, avgCostUsd: 0.01 }),
      aCell({
        ...{ thinkingLevel: 'high', samples: 400, successes: 360 },
        ...{ avgResponseTimeMs: 4_100.5, avgCostUsd: 0.035 },
      }),
    ])
    expect(patterns).toMatchObject([
      {
        ...{ thinkingLevel: 'high', samples: 400, winRate: 0.9, plainSamples: 400 },
        ...{ plainWinRate: 0.7, points: 20, clear: true },
        ...{ responseTimeDifferenceMs: 3_200.5, costDifferenceUsd: 0.025 },
      },
    ])
  })

  it('do not guess a time or cost that is not known', () => {
    const [pattern] = findThinkingPatterns([
      aCell({ avgResponseTimeMs: null }),
      aCell({ thinkingLevel: 'low', avgCostUsd: null }),
    ])
    expect(pattern).toMatchObject({ responseTimeDifferenceMs: null, costDifferenceUsd: null })
  })

  it('need the same model, provider and task type without a level', () => {
    expect(
      findThinkingPatterns([
        aCell({ thinkingLevel: 'low' }),
        aCell({ provider: 'other' }),
        aCell({ taskType: 'chat' }),
        aCell({ modelName: 'other' }),
      ]),
    ).toEqual([])
  })
})

describe('where nothing differs', () => {
  // Fleets drawn from equal rates: whatever is called clear is chance. Nominal is 5 %; measured over
  // these 150 fleets each, with 20 instances of some 35 to 100 outcomes and 8 models of 10 to 200.
  it('seldom is anything called clear', () => {
    const random = seededRandom(20_261_122)
    const fleets = 150
    let clearInstances = 0
    let clearModels = 0
    for (let fleet = 0; fleet < fleets; fleet += 1) {
      const rate = 0.6 + 0.35 * random()
      const rows = Array.from({ length: 20 * 5 * 7 }, (_, at) => {
        const samples = Math.floor(random() * (at < 35 ? 30 : 4))
        const fields = { modelName: `model-${at % 5}`, span: at % 7 }
        return sums(`instance-${Math.floor(at / 35)}`, draw(samples, rate, random), samples, fields)
      })
      const cells = Array.from({ length: 8 }, (_, at) => {
        const samples = 10 + Math.floor(random() * 190)
        return aCell({ modelName: `model-${at}`, samples, successes: draw(samples, rate, random) })
      })
      const { instances, models } = findPatterns({ cells, sums: rows, leftOut: [] })
      if (instances.some(({ clear }) => clear)) clearInstances += 1
      if (models.some(({ clear }) => clear)) clearModels += 1
    }
    expect(clearInstances / fleets).toBeLessThan(0.1)
    expect(clearModels / fleets).toBeLessThan(0.1)
  })
})

it('whatever the numbers, the answer keeps the contract', () => {
  const row = fc
    .record({
      instanceId: fc.constantFrom('a', 'b', 'c'),
      taskType: fc.constantFrom('coding', 'chat'),
      modelName: fc.constantFrom('one', 'two'),
      thinkingLevel: fc.constantFrom('', 'high'),
      span: fc.nat(2),
      samples: fc.integer({ min: -5, max: 1_000 }),
      successes: fc.integer({ min: -5, max: 1_000 }),
    })
    .map((fields) => ({ provider: 'p', ...fields }))
  const cell = fc
    .record({
      taskType: fc.constantFrom('coding', 'chat'),
      modelName: fc.constantFrom('one', 'two', 'three'),
      thinkingLevel: fc.constantFrom(null, 'high'),
      samples: fc.nat(1_000_000),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(({ share, ...fields }) =>
      aCell({ ...fields, successes: Math.round(fields.samples * share) }),
    )
  fc.assert(
    fc.property(fc.array(row), fc.array(cell), fc.array(row), (rows, cells, left) => {
      const found = findPatterns({ cells, sums: rows, leftOut: left })
      const body = patternsBodySchema.parse({ windowDays: 7, ...found })
      for (const each of [...body.models, ...body.instances, ...body.thinkingLevels]) {
        expect(each.lowPoints).toBeLessThanOrEqual(each.points)
        expect(each.highPoints).toBeGreaterThanOrEqual(each.points)
        if (each.clear) expect(each.lowPoints * each.highPoints).toBeGreaterThanOrEqual(0)
      }
    }),
  )
})

function draw(samples: number, rate: number, random: () => number): number {
  let successes = 0
  for (let at = 0; at < samples; at += 1) if (random() < rate) successes += 1
  return successes
}

/** A linear congruential generator (Numerical Recipes): good enough to draw outcomes. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}

it('finds hardly any difference where the outcomes of a day hang together and nothing differs', () => {
  const models = ['a', 'b', 'c']
  const listed = { models: 0, instances: 0, covered: 0, intervals: 0 }
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = seededRandom(seed)
    const uniform = () => Math.sqrt(12) * (random() - 0.5)
    const rows = Array.from({ length: 20 * 7 }, (_, day): InstanceSums => {
      // A session a day, with one model, whose work is harder or easier.
      const rate = 1 / (1 + Math.exp(-1 - uniform()))
      const successes = Array.from({ length: 40 }, random).filter((draw) => draw < rate).length
      const modelName = models[Math.floor(random() * 3)] ?? ''
      return sums(`instance-${day % 20}`, successes, 40, { modelName, span: Math.floor(day / 20) })
    })
    const cells = models.map((modelName) => {
      const own = rows.filter((row) => row.modelName === modelName)
      const total = (of: 'samples' | 'successes') => own.reduce((sum, row) => sum + row[of], 0)
      return aCell({
        ...{ modelName, provider: 'openai', taskType: 'coding' },
        ...{ samples: total('samples'), successes: total('successes') },
      })
    })
    const { models: found, instances } = findPatterns({ cells, sums: rows, leftOut: [] })
    if (found.some(({ clear }) => clear)) listed.models += 1
    if (instances.some(({ clear }) => clear)) listed.instances += 1
    for (const { lowPoints, highPoints } of found) {
      listed.intervals += 1
      if (lowPoints <= 0 && highPoints >= 0) listed.covered += 1
    }
  }
  expect(listed.covered / listed.intervals).toBeGreaterThanOrEqual(0.9)
  expect(listed.models).toBeLessThanOrEqual(4)
  expect(listed.instances).toBeLessThanOrEqual(6)
})
