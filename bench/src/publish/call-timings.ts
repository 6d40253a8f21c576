// How long single calls take, and how long they take on average. Reading the timer costs as much as a
// short call, so the median comes from many calls between two readings; only the rare long calls are
// looked for one by one.
import { quantile } from '../measuring/spread.ts'

export interface CallTimings {
  /** Calls back once for each number from `from` up to `to`, and times it. */
  time(from: number, to: number, call: (number: number) => void): void
  p50Ns(): number
  p99Ns(): number
  p999Ns(): number
  /** Reading the timer twice. */
  timerNs(): number
}

const CALLS_PER_READING = 50

export function createCallTimings(): CallTimings {
  const single: number[] = []
  const mean: number[] = []
  let rounds = 0

  function timeEach(from: number, to: number, call: (number: number) => void): void {
    for (let at = from; at < to; at += 1) {
      const startNs = process.hrtime.bigint()
      call(at)
      single.push(Number(process.hrtime.bigint() - startNs))
    }
  }

  function timeMany(from: number, to: number, call: (number: number) => void): void {
    for (let at = from; at < to; ) {
      const end = Math.min(to, at + CALLS_PER_READING)
      const count = end - at
      const startNs = process.hrtime.bigint()
      for (; at < end; at += 1) call(at)
      mean.push(Number(process.hrtime.bigint() - startNs) / count)
    }
  }

  return {
    time(from, to, call) {
      rounds += 1
      if (rounds % 2 === 0) timeEach(from, to, call)
      else timeMany(from, to, call)
    },
    p50Ns: () => quantile(mean.toSorted(ascending), 0.5),
    p99Ns: () => quantile(single.toSorted(ascending), 0.99),
    p999Ns: () => quantile(single.toSorted(ascending), 0.999),
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
