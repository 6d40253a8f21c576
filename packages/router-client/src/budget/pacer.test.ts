import { expect, test } from 'vitest'
import { Pacer } from './pacer.ts'

const model = { modelName: 'opus', provider: 'anthropic' }

test('without a budget nothing counts', () => {
  const pacer = new Pacer()
  pacer.use(undefined)
  pacer.decided(100)
  pacer.reported(model, 100, 0.01, 0.01)
  expect([pacer.usdPrice, pacer.revision, pacer.dearnessOf(model)]).toEqual([0, 0, 1])
})

test('a router without a worker holds its own calls to the ceiling', () => {
  const pacer = new Pacer()
  pacer.use({ usdPerCall: 0.01 })
  let usd = 0
  for (let decision = 0; decision < 5_000; decision += 1) {
    // Half of the time a call of the dear model is ten times as dear.
    const dear = decision % 2_000 < 1_000 ? 0.02 : 0.2
    const share = 1 / (1 + 0.2 * pacer.usdPrice)
    const expected = share * dear + (1 - share) * 0.001
    pacer.decided(expected)
    usd += expected
  }
  expect(usd / 5_000).toBeLessThanOrEqual(0.0101)
  expect(usd / 5_000).toBeGreaterThan(0.0085)
})

test('a model that became ten times as dear counts so after a few reports', () => {
  const pacer = new Pacer()
  pacer.use({ usdPerCall: 0.01, usdPrice: 1, targetUsd: 0.01 })
  for (let report = 0; report < 3; report += 1) pacer.reported(model, 0.1, 0.01, 0.01)
  expect(pacer.dearnessOf(model)).toBeGreaterThan(2)
  for (let report = 0; report < 5; report += 1) pacer.reported(model, 0.1, 0.01, 0.01)
  expect(pacer.dearnessOf(model)).toBeGreaterThan(5)
  expect(pacer.dearnessOf({ ...model, modelName: 'mini' })).toBe(1)
})

test('the price stays a number, however dear calls are expected to be', () => {
  for (const budget of [{ usdPerCall: 0.01 }, { usdPerCall: 0.01, usdPrice: 1, targetUsd: 0.01 }]) {
    const pacer = new Pacer()
    pacer.use(budget)
    for (const usd of [1e9, 0, 0.01, 1e9]) {
      pacer.decided(usd)
      pacer.reported(model, 0.01, usd, usd)
      expect(pacer.usdPrice).toBeGreaterThan(0)
      expect(pacer.usdPrice).toBeLessThanOrEqual(100 / 0.01)
    }
    for (let decision = 0; decision < 100; decision += 1) pacer.decided(0)
    expect(pacer.usdPrice).not.toBeNaN()
  }
})

test('one report, however wrong, moves nothing far', () => {
  const pacer = new Pacer()
  pacer.use({ usdPerCall: 0.01 })
  pacer.reported(model, 1_000_000, 0.01, 0.01)
  pacer.decided(0.001)
  expect(pacer.dearnessOf(model)).toBe(1)
  expect(pacer.usdPrice).toBe(0)
})

test('the price of a snapshot is in force at once, and the router only adds to it', () => {
  const pacer = new Pacer()
  pacer.use({ usdPerCall: 0.01, usdPrice: 8, targetUsd: 0.01 })
  expect(pacer.usdPrice).toBe(8)
  for (let decision = 0; decision < 100; decision += 1) pacer.decided(0.0001)
  expect(pacer.usdPrice).toBe(8)
  for (let decision = 0; decision < 20; decision += 1) pacer.decided(0.1)
  const raised = pacer.usdPrice
  expect(raised).toBeGreaterThan(16)
  // A worker that has answered as much leaves nothing to add.
  pacer.use({ usdPerCall: 0.01, usdPrice: 1_000, targetUsd: 0.01 })
  expect(pacer.usdPrice).toBe(1_000)
})
