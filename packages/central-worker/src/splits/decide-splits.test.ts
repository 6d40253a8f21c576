import { seededRandom } from '@winrate/demo/random/seeded-random'
import { describe, expect, test } from 'vitest'
import { type ContextSum, decideSplits, type TaskSplit } from './decide-splits.ts'

const usual = [0.7, 0.78, 0.74, 0.6, 0.72]
const HOUR_MS = 3_600_000
const hourAt = (hour: number) => new Date(hour * HOUR_MS)
const entryOf = (value: number, label = 'team') => `${label}-${String(value).padStart(8, '0')}`
const pathOf = (value: number, label?: string) => `coding/${entryOf(value, label)}`

interface Fleet {
  readonly hours: number
  readonly perHour?: number
  readonly values?: number
  /** Of a model, with the value of its request. */
  readonly rateOf?: (value: number, model: number) => number
  readonly seed?: number
  /** Of a request: whose models a policy chooses by outcomes of all, or all alike. */
  readonly evenly?: boolean
  readonly begins?: readonly TaskSplit[]
}

/** Requests that are routed mostly to the model with the best mean so far; the decisions of each hour. */
function play({ hours, perHour = 120, values = 20, seed = 1, ...fleet }: Fleet) {
  const { rateOf = (_value, model) => usual[model] ?? 0, evenly = false } = fleet
  const random = seededRandom(seed)
  const sums = new Map<string, { samples: number; successes: number }>()
  const known = usual.map(() => [2, 1] as [number, number])
  const drawn = [...known.keys()]
  const decided: (readonly TaskSplit[])[] = []
  let splits: readonly TaskSplit[] = fleet.begins ?? []
  for (let hour = 0; hour < hours; hour += 1) {
    for (let request = 0; request < perHour; request += 1) {
      const value = Math.floor(random() * values)
      const isApart = splits.some(({ path, since }) => path === pathOf(value) && since !== null)
      const explores = random() < (evenly || isApart || hour === 0 ? 1 : 0.02)
      const means = known.map(([samples, successes]) => successes / samples)
      const best = means.indexOf(Math.max(...means))
      const model = explores ? (drawn[Math.floor(random() * drawn.length)] ?? 0) : best
      const success = random() < rateOf(value, model) ? 1 : 0
      const one = known[model] ?? [0, 0]
      one[0] += 1
      one[1] += success
      for (const entry of ['', entryOf(value)]) {
        const key = `${entry} ${model} ${hour % 2}`
        const sum = sums.get(key) ?? { samples: 0, successes: 0 }
        sums.set(key, { samples: sum.samples + 1, successes: sum.successes + success })
      }
    }
    splits = decideSplits(listed(sums), splits, hourAt(hour))
    decided.push(splits)
  }
  return decided
}

function listed(sums: ReadonlyMap<string, { samples: number; successes: number }>): ContextSum[] {
  return [...sums].map(([key, counts]) => {
    const [entry = '', model = '', half] = key.split(' ')
    return { taskType: 'coding', entry, model, half: half === '0' ? 0 : 1, ...counts }
  })
}

const apart = (splits: readonly TaskSplit[] | undefined) =>
  (splits ?? []).filter(({ since }) => since !== null).map(({ path }) => path)
const clearly = (splits: readonly TaskSplit[] | undefined) =>
  apart(splits?.filter(({ gainedAt }) => gainedAt !== null))

describe('Requests are learned apart', () => {
  test('where another model is best, and those of other values stay together', () => {
    const own = [0.5, 0.5, 0.55, 0.8, 0.52]
    const rateOf = (value: number, model: number) => (value === 3 ? own : usual)[model] ?? 0
    const decided = play({ hours: 96, values: 7, rateOf })
    expect(apart(decided.at(-1))).toEqual([pathOf(3)])
    expect(decided.flatMap(clearly).filter((path) => path !== pathOf(3))).toEqual([])
  })

  test('on trial from the first time on that they gain, and for good where models compare differently', () => {
    const rateOf = (value: number, model: number) => (value === 3 && model === 1 ? 0.05 : 0.7)
    const decided = play({ hours: 24, rateOf, values: 5, evenly: true })
    const first = decided.findIndex((splits) => splits.some(({ path }) => path === pathOf(3)))
    expect(first).toBeGreaterThanOrEqual(0)
    expect(clearly(decided[first])).toEqual([])
    expect(decided.slice(first + 1).some((splits) => clearly(splits).includes(pathOf(3)))).toBe(
      true,
    )
    expect(new Set(decided.flatMap(clearly))).toEqual(new Set([pathOf(3)]))
  })

  test('with what they showed before, for a week', () => {
    const rateOf = (value: number, model: number) => (value === 3 && model === 1 ? 0.05 : 0.7)
    const decided = play({ hours: 24, rateOf, values: 5, evenly: true })
    const [begun] = decided.flatMap((splits) => splits.filter(({ since }) => since !== null))
    const rates = new Map(
      begun?.earlier.map(({ model, samples, successes }) => [model, successes / samples]),
    )
    expect(rates.get('1')).toBeLessThan(0.3)
    expect(rates.get('0')).toBeGreaterThan(0.5)
    if (begun === undefined) throw new Error('nothing was split off')
    const old = { ...begun, gainedAt: hourAt(167) }
    const after = (hour: number) => decideSplits([], [{ ...old, since: hourAt(0) }], hourAt(hour))
    expect(after(167).map(({ earlier }) => earlier)).toEqual([begun.earlier])
    expect(after(168).map(({ earlier }) => earlier)).toEqual([[]])
  })

  test('by a label without meaning for good in less than one of a hundred fleets, on trial in one of ten', () => {
    const fleets = Array.from({ length: 100 }, (_, at) =>
      play({ hours: 24, perHour: 200, seed: at + 1 }),
    )
    const those = (where: typeof apart) =>
      fleets.filter((decided) => decided.some((splits) => where(splits).length > 0))
    expect(those(clearly)).toEqual([])
    expect(those(apart).length).toBeLessThan(10)
  })

  test('also where the rest has not found out that another model is worse for it', () => {
    // Whether work is harder or needs another model nobody can tell before the rest has called that model, too.
    const split = {
      path: pathOf(3),
      gain: 9,
      since: hourAt(-100),
      gainedAt: null,
      triedAt: hourAt(-100),
      earlier: [],
    }
    const sums = [0, 1].flatMap((half) => {
      const of = { taskType: 'coding', half: half === 0 ? 0 : 1 } as const
      return [
        { ...of, entry: '', model: '1', samples: 1_060, successes: 810 },
        { ...of, entry: entryOf(3), model: '1', samples: 60, successes: 30 },
        { ...of, entry: '', model: '3', samples: 133, successes: 106 },
        { ...of, entry: entryOf(3), model: '3', samples: 132, successes: 105 },
      ]
    })
    expect(apart(decideSplits(sums, [split], hourAt(0)))).toEqual([pathOf(3)])
    const worse = sums.map((sum) => (sum.model === '3' ? { ...sum, successes: 65 } : sum))
    expect(apart(decideSplits(worse, [split], hourAt(0)))).toEqual([])
  })

  test.each([true, false])(
    'where another model works and nothing is left to chance, drawn evenly: %s',
    (evenly) => {
      const rateOf = (value: number, model: number) => ((model % 2 === 0) === (value === 3) ? 0 : 1)
      const decided = play({ hours: 48, values: 5, rateOf, evenly })
      expect(new Set(decided.flatMap(clearly))).toEqual(new Set([pathOf(3)]))
      const alike = play({ hours: 48, values: 5, rateOf: (_, model) => model % 2, evenly })
      expect(alike.flatMap(apart)).toEqual([])
    },
  )

  test('for a day of trial only, where work is harder for all models alike', () => {
    const rateOf = (value: number, model: number) => (usual[model] ?? 0) - (value === 3 ? 0.3 : 0)
    const decided = play({ hours: 120, perHour: 60, values: 5, rateOf })
    const hours = decided.filter((splits) => apart(splits).length > 0).length
    expect(hours).toBeGreaterThan(0)
    expect(hours).toBeLessThan(30)
    expect(decided.at(-1)?.find(({ path }) => path === pathOf(3))?.since).toBeNull()
  })
})

describe('Once requests are learned apart', () => {
  const split: TaskSplit = {
    ...{ path: pathOf(3), gain: 20, triedAt: null, earlier: [] },
    ...{ since: hourAt(-100), gainedAt: hourAt(-1) },
  }

  test('they stay so for a day after nothing is gained', () => {
    const [soon, later] = [hourAt(22), hourAt(23)]
    expect(apart(decideSplits([], [split], soon))).toEqual([pathOf(3)])
    expect(decideSplits([], [split], later)).toEqual([])
  })

  test('no other label of their task type is tried', () => {
    const sums = evident('team').concat(evident('language'))
    const pending = (label: string) => ({ ...split, path: pathOf(3, label), since: null })
    const before = [pending('team'), pending('language')]
    const [first, ...others] = apart(decideSplits(sums, before, hourAt(0)))
    expect(others).toEqual([])
    const mine = { ...split, path: pathOf(4, 'team') }
    expect(apart(decideSplits(sums, [mine, ...before], hourAt(0)))).toEqual([
      pathOf(3, 'team'),
      pathOf(4, 'team'),
    ])
    expect(first).toBeDefined()
  })

  test('none is kept or found whose path is no task type within another', () => {
    const sums = ['', 'coding/rust/x', '__proto__'].flatMap((taskType) => evident('team', taskType))
    const found = decideSplits(sums, [{ ...split, path: '/team-00000003' }], hourAt(0))
    expect(found).toEqual([])
    expect(decideSplits(evident('team', 'constructor'), [], hourAt(0))).toHaveLength(1)
  })

  /** One of two models fails with the value 3, and only there. */
  function evident(label: string, taskType = 'coding'): ContextSum[] {
    return [0, 1].flatMap((half) =>
      ['a', 'b'].flatMap((model): ContextSum[] => {
        const of = { taskType, model, half: half === 0 ? 0 : 1 } as const
        return [
          { ...of, entry: '', samples: 400, successes: model === 'a' ? 250 : 300 },
          { ...of, entry: entryOf(3, label), samples: 50, successes: model === 'a' ? 0 : 40 },
        ]
      }),
    )
  }
})
