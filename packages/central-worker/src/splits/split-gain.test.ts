import { expect, test } from 'vitest'
import { type Halves, splitGain } from './split-gain.ts'

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
