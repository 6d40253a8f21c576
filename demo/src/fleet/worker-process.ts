// Runs central-worker as a child process. If it dies unexpectedly, it is restarted at once on the same
// port. Outcomes wait in the queue meanwhile, so nothing is lost.
import { RunError } from '../errors.ts'
import type { DemoPolicy } from '../options.ts'
import { endProcess } from './end-process.ts'
import { spawnWorker } from './spawn-worker.ts'

export interface WorkerOptions {
  readonly connectionString: string
  readonly intervalMs: number
  readonly policy: DemoPolicy
  /** Called when the worker has died and is being restarted. */
  readonly onRestart: (facts: { readonly how: string }) => void
}

export interface WorkerProcess {
  /** Resolves to the URL of its HTTP server, which stays the same after a restart. */
  readonly url: Promise<string>
  /** Rejects with RunError when the worker cannot be kept running; never resolves. */
  readonly failed: Promise<never>
  /** Asks the worker to end, waits until it has, and does not restart it. */
  stop(): Promise<void>
}

const STOP_TIMEOUT_MS = 20_000
const STARTS_IN_VAIN = 5

export function startWorkerProcess(options: WorkerOptions): WorkerProcess {
  const { connectionString, intervalMs, policy, onRestart } = options
  const start = (port: number) =>
    spawnWorker({
      DATABASE_URL: connectionString,
      WINRATE_PORT: port,
      WINRATE_AGGREGATION_INTERVAL_MS: intervalMs,
      WINRATE_POLICY: policy.kind,
      WINRATE_POLICY_EXPLORATION: policy.exploration,
    })
  let life = start(0)
  let stopping = false
  const url = life.url

  async function keepRunning(): Promise<never> {
    const port = Number(new URL(await url).port)
    for (let inVain = 0; inVain < STARTS_IN_VAIN; ) {
      const how = await life.ended
      if (stopping) return new Promise(() => {})
      onRestart({ how })
      life = start(port)
      const served = await life.url.catch(() => undefined)
      inVain = served === (await url) ? 0 : inVain + 1
    }
    throw new RunError(`the worker does not start again; its last lines:\n${life.lastLines()}`)
  }
  const failed = keepRunning()
  // The caller awaits these later; until then their rejections must not count as unhandled.
  for (const promise of [url, failed]) promise.catch(() => {})

  return {
    url,
    failed,
    async stop() {
      stopping = true
      await endProcess(life.child, { signal: 'SIGTERM', timeoutMs: STOP_TIMEOUT_MS })
    },
  }
}
