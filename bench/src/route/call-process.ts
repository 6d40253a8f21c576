import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const script = fileURLToPath(new URL('./measured-call.js', import.meta.url))

export interface CallTimes {
  /** Median nanoseconds of a call. */
  readonly callNs: number
  /** 99.9 % of the calls take less, in nanoseconds; each call is timed separately. */
  readonly p999Ns: number
}

/** Measures the contender with this name in a separate process. */
export async function measureCall(name: string, batches: number): Promise<CallTimes> {
  const { stdout } = await run(process.execPath, [script, name, String(batches)])
  const { callNs, p999Ns } = JSON.parse(stdout)
  return { callNs: Number(callNs), p999Ns: Number(p999Ns) }
}

/** What one snapshot does to an agent. */
export interface SnapshotCost {
  /** The first decision after it: of a process that has made hardly any, and the median of later snapshots. */
  readonly coldMs: number
  readonly firstMs: number
  /** The longest time that the event loop stood while a snapshot was taken. */
  readonly stallMs: number
  /** Heap that it leaves. */
  readonly bytes: number
}

const snapshotScript = fileURLToPath(new URL('./measured-snapshot.js', import.meta.url))

/** Measures a snapshot of this shape and number of cells in a separate process. */
export async function measureSnapshot(shape: string, cells: number): Promise<SnapshotCost> {
  const args = ['--expose-gc', snapshotScript, shape, String(cells)]
  const { stdout } = await run(process.execPath, args)
  const { coldMs, firstMs, stallMs, bytes } = JSON.parse(stdout)
  return {
    coldMs: Number(coldMs),
    firstMs: Number(firstMs),
    stallMs: Number(stallMs),
    bytes: Number(bytes),
  }
}
