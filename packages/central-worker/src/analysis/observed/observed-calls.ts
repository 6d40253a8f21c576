// What would have been chosen beside what was called, where applications only observe. Guarantees: what was not measured is
// never said to be; what is the same in both takes no part in the difference, nor in its uncertainty.
import { type ModelLevel, modelLevelKey, sameProvider } from '@winrate/shared-schema/contracts'
import type { ObservedBody } from '@winrate/shared-schema/http'
import type { ExpectCall } from './expected-calls.ts'

/** Calls of one model for which one other, or the same, would have been chosen. */
export interface ObservedPair {
  readonly taskType: string
  readonly called: ModelLevel
  readonly wouldChoose: ModelLevel
  readonly calls: number
}

type Observed = ObservedBody['all']

/** Fewer calls tell nothing. */
const ENOUGH_CALLS = 20
const MOST_MODELS = 20
/** Of a normal distribution, both tails of 2.5 %. */
const REACH = 1.96

/** A provider that is not known stands for any, so the called one is meant. */
export function asSameModel({ called, wouldChoose, ...pair }: ObservedPair): ObservedPair {
  const isSame =
    called.modelName === wouldChoose.modelName &&
    (called.thinkingLevel ?? '') === (wouldChoose.thinkingLevel ?? '') &&
    sameProvider(called.provider, wouldChoose.provider)
  return { ...pair, called, wouldChoose: isSame ? called : wouldChoose }
}

/** @param expect Undefined before the first snapshot. */
export function compareObserved(
  given: readonly ObservedPair[],
  expect: ExpectCall | undefined,
  what: string,
): Observed {
  const pairs = given.map(asSameModel)
  const calls = sumOf(pairs, ({ calls: count }) => count)
  const agreeing = sumOf(pairs, (pair) => (pair.called === pair.wouldChoose ? pair.calls : 0))
  const agreement = calls === 0 ? 0 : agreeing / calls
  const isEnough = calls >= ENOUGH_CALLS && expect !== undefined
  const success = isEnough ? successOf(pairs, calls, expect) : null
  const costUsd = isEnough ? costOf(pairs, calls, expect) : null
  const facts = { calls, agreement, success, costUsd }
  return { ...facts, sentence: sentenceOf(facts, what) }
}

function successOf(pairs: readonly ObservedPair[], calls: number, expect: ExpectCall) {
  /** By how many calls more each cell would have had. */
  const moved = new Map<string, { more: number; variance: number }>()
  let called = 0
  let wouldChoose = 0
  for (const pair of pairs) {
    const before = expect(pair.taskType, pair.called)
    const after = expect(pair.taskType, pair.wouldChoose)
    called += (pair.calls * before.success) / calls
    wouldChoose += (pair.calls * after.success) / calls
    for (const [model, sign, { variance }] of [
      [pair.called, -1, before],
      [pair.wouldChoose, 1, after],
    ] as const) {
      const key = `${pair.taskType} ${modelLevelKey(model)}`
      const one = moved.get(key) ?? { more: 0, variance }
      one.more += sign * pair.calls
      moved.set(key, one)
    }
  }
  const variance = sumOf([...moved.values()], (one) => (one.more / calls) ** 2 * one.variance)
  const difference = wouldChoose - called
  const reach = REACH * Math.sqrt(variance)
  return { called, wouldChoose, difference, low: difference - reach, high: difference + reach }
}

function costOf(pairs: readonly ObservedPair[], calls: number, expect: ExpectCall) {
  let called = 0
  let wouldChoose = 0
  let listed = 0
  for (const pair of pairs) {
    const before = expect(pair.taskType, pair.called)
    const after = expect(pair.taskType, pair.wouldChoose)
    if (before.costUsd === undefined || after.costUsd === undefined) return null
    called += (pair.calls * before.costUsd) / calls
    wouldChoose += (pair.calls * after.costUsd) / calls
    if (!after.isMeasured) listed += pair.calls / calls
  }
  return { called, wouldChoose, byListPrices: Math.min(1, listed) }
}

/** The models of some pairs, the most frequent first. */
export function modelsIn(given: readonly ObservedPair[]) {
  const found = new Map<string, ModelLevel & { called: number; wouldChoose: number }>()
  for (const pair of given.map(asSameModel)) {
    for (const side of ['called', 'wouldChoose'] as const) {
      const key = modelLevelKey(pair[side])
      const one = found.get(key) ?? { ...pair[side], called: 0, wouldChoose: 0 }
      one[side] += pair.calls
      found.set(key, one)
    }
  }
  return [...found.values()]
    .sort((one, other) => other.called + other.wouldChoose - one.called - one.wouldChoose)
    .slice(0, MOST_MODELS)
    .map(({ thinkingLevel, ...model }) => ({ ...model, thinkingLevel: thinkingLevel || null }))
}

function sentenceOf(
  { calls, agreement, success, costUsd }: Omit<Observed, 'sentence'>,
  what: string,
): string {
  if (calls === 0) return `No observed call of ${what} has an outcome yet.`
  if (calls < ENOUGH_CALLS) return `${calls} observed calls of ${what} are too few to tell.`
  const others = `Winrate would have chosen another model in ${percent(1 - agreement)} of ${calls} calls of ${what}`
  if (success === null) return `${others}; nothing is published yet to expect anything by.`
  const { difference, low, high } = success
  const isOpen = low <= 0 && high >= 0
  const points = `expected success ${signed(100 * difference)} points (95 %: ${signed(100 * low)} to ${signed(100 * high)}${isOpen ? ', too close to tell' : ''})`
  const cost =
    costUsd === null || costUsd.called === 0
      ? 'the expected cost is not known'
      : `expected cost ${signed((100 * costUsd.wouldChoose) / costUsd.called - 100, 0)} %${costUsd.byListPrices > 0 ? `, ${percent(costUsd.byListPrices)} of it by list prices` : ''}`
  return `${others}: ${points}, ${cost}. Expected, not measured.`
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}

function signed(value: number, decimals = 1): string {
  const text = Math.abs(value).toFixed(decimals)
  const sign = value < 0 ? '−' : '+'
  return Number(text) === 0 ? text : `${sign}${text}`
}

function sumOf<Of>(list: readonly Of[], amountOf: (one: Of) => number): number {
  return list.reduce((sum, one) => sum + amountOf(one), 0)
}
