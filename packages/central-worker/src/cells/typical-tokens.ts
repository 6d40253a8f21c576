// What a call of a task type typically takes in tokens, whichever model is called. Guarantees: neither one call decides it
// nor, of three or more instances, one of them, however many calls it reports. Rollups hold plain sums of tokens, so one wrong
// call spoils the mean of its span: only where one instance calls one model does it count until the next hour.
import type { TaskTokens } from '@winrate/shared-schema/contracts'
import type { InstanceSums, OutcomeSums } from '../window/outcome-sums.ts'
import { WINDOW_SPANS } from '../window/window-spans.ts'

/** What calls took whose outcomes tell it. */
export type TokenSums = Pick<
  OutcomeSums,
  'inputTokenSum' | 'cacheReadTokenSum' | 'outputTokenSum' | 'tokenCount'
>

/** What a call of one instance typically takes in one cell. */
export interface InstanceTokens extends TaskTokens {
  readonly instanceId: string
  readonly calls: number
}

interface Weighed {
  readonly value: number
  readonly weight: number
}

/** Fewer calls say nothing of more. */
const LEAST_CALLS = 5
/** A majority takes three. */
const LEAST_INSTANCES = 3
/** A wrong call can raise the mean of a span without bound, but hardly lower it. */
const QUANTILE_OF_SPANS = 1 / 3
/** So that what is published does not change with every call. */
const DIGITS = 2

/** By the spans of the window. */
export function tokensOfInstances(
  instances: readonly InstanceSums[],
  leftOut: ReadonlySet<string>,
): readonly InstanceTokens[] {
  return instances.flatMap(({ instanceId, spans, young }) => {
    if (leftOut.has(instanceId)) return []
    return tokensOfInstance(instanceId, [...spans.slice(0, WINDOW_SPANS), young])
  })
}

/**
 * By sums over stretches of time; nothing where no call tells its tokens. Weights grow as square roots, so that no stretch
 * is a majority by itself.
 */
export function tokensOfInstance(
  instanceId: string,
  stretches: readonly (TokenSums | undefined)[],
): readonly InstanceTokens[] {
  const means = stretches.flatMap(meanOf)
  const calls = means.reduce((sum, mean) => sum + mean.calls, 0)
  const typical = typicalOf(means, QUANTILE_OF_SPANS, (mean) => Math.sqrt(mean.calls))
  return calls > 0 ? [{ instanceId, calls, ...typical }] : []
}

/** Undefined where too few calls told their tokens. */
export function typicalTokens(reported: readonly InstanceTokens[]): TaskTokens | undefined {
  const calls = new Map<string, number>()
  for (const { instanceId, calls: more } of reported) {
    calls.set(instanceId, (calls.get(instanceId) ?? 0) + more)
  }
  const all = [...calls.values()].reduce((sum, of) => sum + of, 0)
  if (all < LEAST_CALLS) return undefined
  const shareOf = (instanceId: string): number => {
    const own = calls.get(instanceId) ?? 0
    // Below half of what is left, so that it is no majority.
    const most = calls.size < LEAST_INSTANCES ? own : 0.99 * (all - own)
    return Math.min(1, most / own)
  }
  const weightOf = ({ instanceId, calls: own }: InstanceTokens) => shareOf(instanceId) * own
  const { input, cacheRead, output } = typicalOf(reported, 1 / 2, weightOf)
  return { input: rounded(input), cacheRead: rounded(cacheRead), output: rounded(output) }
}

/** A correction that is being applied may leave a sum below zero for a moment. */
function meanOf(sums: TokenSums | undefined): readonly (TaskTokens & { calls: number })[] {
  if (sums === undefined || sums.tokenCount <= 0) return []
  const { tokenCount: calls } = sums
  const input = Math.max(0, sums.inputTokenSum / calls)
  const cacheRead = Math.min(input, Math.max(0, sums.cacheReadTokenSum / calls))
  return [{ calls, input, cacheRead, output: Math.max(0, sums.outputTokenSum / calls) }]
}

/** The weighted quantile of each kind of tokens. */
function typicalOf<One extends TaskTokens>(
  all: readonly One[],
  share: number,
  weightOf: (one: One) => number,
): TaskTokens {
  const at = (read: (one: One) => number) =>
    quantileOf(
      all.map((one) => ({ value: read(one), weight: weightOf(one) })),
      share,
    )
  const input = at((one) => one.input)
  const cacheRead = at((one) => one.cacheRead)
  return { input, cacheRead: Math.min(input, cacheRead), output: at((one) => one.output) }
}

function quantileOf(values: readonly Weighed[], share: number): number {
  const sorted = [...values].sort((one, other) => one.value - other.value)
  const least = sorted.reduce((sum, { weight }) => sum + weight, 0) * share
  let passed = 0
  for (const { value, weight } of sorted) {
    passed += weight
    if (passed >= least) return value
  }
  return 0
}

function rounded(tokens: number): number {
  return Math.round(Number(tokens.toPrecision(DIGITS)))
}
