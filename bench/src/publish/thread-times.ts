import { openSync, readSync } from 'node:fs'

/** Times of the thread that runs JavaScript, since its start. */
export interface ThreadTimes {
  readonly cpuMs: number
  /** Time in which the thread was ready to run but had no processor. */
  readonly waitMs: number
}

const NS_PER_MS = 1e6
const TEXT_BYTES = 128

/**
 * Reads the times from Linux. On other systems, the processor time covers all threads including garbage
 * collection, and the waiting time is unknown.
 */
export function createThreadTimes(): () => ThreadTimes {
  // The main thread has the same id as its process.
  const file =
    process.platform === 'linux' ? openStats(`/proc/self/task/${process.pid}/schedstat`) : undefined
  if (file === undefined) return timesOfProcess
  const bytes = Buffer.alloc(TEXT_BYTES)
  return () => {
    const length = readSync(file, bytes, 0, TEXT_BYTES, 0)
    const [cpuNs, waitNs] = bytes.toString('latin1', 0, length).split(' ').map(Number)
    return { cpuMs: (cpuNs ?? 0) / NS_PER_MS, waitMs: (waitNs ?? 0) / NS_PER_MS }
  }
}

function timesOfProcess(): ThreadTimes {
  const { user, system } = process.cpuUsage()
  return { cpuMs: (user + system) / 1e3, waitMs: 0 }
}

function openStats(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch {
    return undefined
  }
}
