import { quantile, spreadOf } from '../measuring/spread.ts'
import type { Contender } from './contenders.ts'

/** Number of calls that are timed together, so that the timer's own cost does not count. */
const BATCH = 64
const WARM_UP_MS = 400

const { bigint: nowNs } = process.hrtime

/** Keeps V8 from removing calls whose result is unused. */
let last: unknown

export async function warmUp(contender: Contender): Promise<void> {
  const until = performance.now() + WARM_UP_MS
  while (performance.now() < until) await batchNs(contender)
}

/** Median nanoseconds per call over this many batches. */
export async function medianCallNs(contender: Contender, batches: number): Promise<number> {
  const times: number[] = []
  for (let batch = 0; batch < batches; batch += 1) times.push(await batchNs(contender))
  return spreadOf(times).median
}

/** 99.9 % of the calls take less, in nanoseconds. Each call is timed separately, including the timer's cost. */
export async function singleCallP999Ns(contender: Contender, calls: number): Promise<number> {
  const times = new Float64Array(calls)
  for (let call = 0; call < calls; call += 1) {
    const from = nowNs()
    last = contender.isAsync === true ? await contender.evaluate() : contender.evaluate()
    times[call] = Number(nowNs() - from)
  }
  return quantile(times.sort(), 0.999)
}

/** The result of timing nothing. */
export async function timerCostNs(): Promise<number> {
  const times = Array.from({ length: 100_000 }, () => {
    const from = nowNs()
    return Number(nowNs() - from)
  })
  return spreadOf(times).median
}

async function batchNs(contender: Contender): Promise<number> {
  return contender.isAsync === true
    ? await asyncBatchNs(contender.evaluate)
    : syncBatchNs(contender.evaluate)
}

function syncBatchNs(evaluate: () => unknown): number {
  const from = nowNs()
  for (let call = 0; call < BATCH; call += 1) last = evaluate()
  return Number(nowNs() - from) / BATCH
}

async function asyncBatchNs(evaluate: () => unknown): Promise<number> {
  const from = nowNs()
  for (let call = 0; call < BATCH; call += 1) last = await evaluate()
  return Number(nowNs() - from) / BATCH
}

export function lastEvaluated(): unknown {
  return last
}
