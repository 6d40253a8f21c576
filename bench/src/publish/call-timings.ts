// Times single calls and groups of calls. Reading the timer costs as much as a short call. So the median comes
// from groups of calls between two readings; only the high percentiles come from calls timed one by one.
import { quantile } from '../measuring/spread.ts'

export interface CallTimings {
  /** Calls `call` once for each number from `from` up to `to`, and times it. */
  time(from: number, to: number, call: (number: number) => void): void
  p50Ns(): number
  p99Ns(): number
  p999Ns(): number
  /** The cost of reading the timer twice. */
  timerNs(): number
}

const CALLS_PER_READING = 50

/** @param most Maximum number of calls; memory for them is reserved beforehand, so that growth is not timed. */
export function createCallTimings(most: number): CallTimings {
  const single = new Float64Array(most)
  const mean = new Float64Array(most)
  let singles = 0
  let means = 0
  let rounds = 0

  function timeEach(from: number, to: number, call: (number: number) => void): void {
    for (let at = from; at < to; at += 1) {
      const startNs = process.hrtime.bigint()
      call(at)
      single[singles] = Number(process.hrtime.bigint() - startNs)
      singles += 1
    }
  }

  function timeMany(from: number, to: number, call: (number: number) => void): void {
    for (let at = from; at < to; ) {
      const end = Math.min(to, at + CALLS_PER_READING)
      const count = end - at
      const startNs = process.hrtime.bigint()
      for (; at < end; at += 1) call(at)
      mean[means] = Number(process.hrtime.bigint() - startNs) / count
      means += 1
    }
  }

  return {
    time(from, to, call) {
      rounds += 1
      if (rounds % 2 === 0) timeEach(from, to, call)
      else timeMany(from, to, call)
    },
    p50Ns: () => quantile(mean.subarray(0, means).sort(), 0.5),
    p99Ns: () => quantile(single.subarray(0, singles).sort(), 0.99),
    p999Ns: () => quantile(single.subarray(0, singles).sort(), 0.999),
    timerNs() {
      const readings = Array.from({ length: 10_000 }, () => {
        const startNs = process.hrtime.bigint()
        return Number(process.hrtime.bigint() - startNs)
      })
      return quantile(readings.toSorted(ascending), 0.5)
    },
  }
}

function ascending(one: number, other: number): number {
  return one - other
}
