import { seededRandom } from '@winrate/demo/random/seeded-random'
import { expect, test } from 'vitest'
import { type Compared, type Halves, splitGain } from './split-gain.ts'

/** Outcomes of a model, the same in both halves. */
function halves(samples: number, rate: number): Halves {
  const half = { samples: samples / 2, successes: Math.round((samples / 2) * rate) }
  return [half, half]
}

test('a path that calls another model differs by what the rest knows of that one', () => {
  const usual = { own: halves(240, 0.54), rest: halves(3_000, 0.78) }
  const { ofModels, ofAll } = splitGain([
    usual,
    { own: halves(300, 0.8), rest: halves(30, 0.6) },
    { own: halves(0, 0), rest: halves(40, 0.7) },
  ])
  expect(ofModels).toBeGreaterThan(1)
  expect(ofAll).toBeGreaterThan(20)
})

test('work that is harder for all models differs, and its models do not', () => {
  const { ofModels, ofAll } = splitGain([
    { own: halves(200, 0.5), rest: halves(2_000, 0.75) },
    { own: halves(60, 0.4), rest: halves(400, 0.67) },
  ])
  expect(ofModels).toBeLessThan(0.1)
  expect(ofAll).toBeGreaterThan(20)
})

test.each([20, 200, 2_000])(
  'where nothing is left to chance, %d equal requests gain nothing',
  (samples) => {
    const world = (always: number, never: number) => [
      { own: halves(samples, always), rest: halves(20 * samples, 1) },
      { own: halves(samples, never), rest: halves(4 * samples, 0) },
      { own: halves(2, 1), rest: halves(10, 1) },
    ]
    const same = splitGain(world(1, 0))
    expect(Math.max(same.ofModels, same.ofAll)).toBeLessThan(0.1)
    // One model fails with the value, and only there.
    expect(splitGain(world(0, 0)).ofModels).toBeGreaterThan(10)
  },
)

test('equal requests gain nothing', () => {
  const same = splitGain([
    { own: halves(100, 0.7), rest: halves(1_000, 0.7) },
    { own: halves(100, 0.6), rest: halves(1_000, 0.6) },
  ])
  expect(Math.max(same.ofModels, same.ofAll)).toBeLessThan(0.1)
})

test('equal requests ever look different to a factor of ten in less than a tenth of fleets', () => {
  const random = seededRandom(1)
  const fleets = Array.from({ length: 400 }, () => {
    const rates = Array.from({ length: 5 }, () => random())
    const counts = () => rates.map(() => ({ samples: 0, successes: 0 }))
    const [own, rest] = [counts(), counts()]
    let most = 0
    for (let request = 1; request <= 2_000; request += 1) {
      // The best so far, four times in five: what is called depends on what came out.
      const means = rest.map(({ samples, successes }) => (successes + 1) / (samples + 1))
      const model = random() < 0.8 ? means.indexOf(Math.max(...means)) : Math.floor(5 * random())
      const to = (random() < 0.15 ? own : rest)[model]
      if (to === undefined) continue
      to.samples += 1
      if (random() < (rates[model] ?? 0)) to.successes += 1
      if (request % 20 !== 0) continue
      const none = { samples: 0, successes: 0 }
      const compared = own.map(
        (one, at): Compared => ({
          own: [one, none],
          rest: [rest[at] ?? none, none],
        }),
      )
      most = Math.max(most, splitGain(compared).ofAll)
    }
    return most
  })
  const share = fleets.filter((most) => most > Math.log(10)).length / fleets.length
  expect(share).toBeLessThan(0.1)
})

test('requests that fare worse with each model look different after some dozens of them', () => {
  const { ofAll } = splitGain([
    { own: halves(30, 0.5), rest: halves(200, 0.78) },
    { own: halves(20, 0.5), rest: halves(100, 0.72) },
    { own: halves(20, 0.5), rest: halves(100, 0.7) },
  ])
  expect(ofAll).toBeGreaterThan(Math.log(10))
})
