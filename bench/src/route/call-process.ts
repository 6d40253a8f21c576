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
