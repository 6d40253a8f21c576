import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const script = fileURLToPath(new URL('./measured-call.js', import.meta.url))

export interface CallTimes {
  /** Median nanoseconds of a call. */
  readonly callNs: number
  /** Nanoseconds below which 99.9 % of the calls lie, each timed by itself. */
  readonly p999Ns: number
}

/** Measures a contender, named as in the list of contenders, in a process of its own. */
export async function measureCall(name: string, batches: number): Promise<CallTimes> {
  const { stdout } = await run(process.execPath, [script, name, String(batches)])
  const { callNs, p999Ns } = JSON.parse(stdout)
  return { callNs: Number(callNs), p999Ns: Number(p999Ns) }
}
