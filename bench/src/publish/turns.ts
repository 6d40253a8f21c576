// Measures what the turns of the event loop cost while the process publishes.
import { quantile } from '../measuring/spread.ts'
import { createThreadTimes } from './thread-times.ts'

export interface TurnSummary {
  readonly longestTurnCpuMs: number
  readonly turnCpuP99Ms: number
  readonly longestWaitMs: number
  readonly heapGrowthMiB: number
  readonly rssGrowthMiB: number
}

const MIB = 1_048_576
/** Reading the memory usage takes longer than a short turn, so it is read only now and then. */
const TURNS_PER_LOOK = 16

/** Starts measuring now; call `note` at the end of each turn. */
export function createTurns(): { note(): void; summary(): TurnSummary } {
  const readTimes = createThreadTimes()
  const start = process.memoryUsage()
  let { heapUsed, rss } = start
  let last = readTimes()
  const cpuMs: number[] = []
  let longestWaitMs = 0
  return {
    note() {
      const now = readTimes()
      cpuMs.push(now.cpuMs - last.cpuMs)
      longestWaitMs = Math.max(longestWaitMs, now.waitMs - last.waitMs)
      last = now
      if (cpuMs.length % TURNS_PER_LOOK > 0) return
      const memory = process.memoryUsage()
      heapUsed = Math.max(heapUsed, memory.heapUsed)
      rss = Math.max(rss, memory.rss)
    },
    summary() {
      const sorted = cpuMs.toSorted((one, other) => one - other)
      return {
        longestTurnCpuMs: sorted.at(-1) ?? 0,
        turnCpuP99Ms: quantile(sorted, 0.99),
        longestWaitMs,
        heapGrowthMiB: (heapUsed - start.heapUsed) / MIB,
        rssGrowthMiB: (rss - start.rss) / MIB,
      }
    },
  }
}
