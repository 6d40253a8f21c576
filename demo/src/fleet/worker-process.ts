// central-worker as a child process. It is started again at once, on the same port, when it dies
// before it was told to: outcomes wait in the queue meanwhile, so nothing is lost.
import { RunError } from '../errors.ts'
import { endProcess } from './end-process.ts'
import { spawnWorker, type WorkerSettings } from './spawn-worker.ts'

export interface WorkerOptions extends WorkerSettings {
  /** Called when the worker died and is being started again. */
  readonly onRestart: (facts: { readonly how: string }) => void
}

export interface WorkerProcess {
  /** Resolves to where it serves HTTP, the same after every restart. */
  readonly url: Promise<string>
  /** Rejects with RunError when the worker cannot be kept running; never resolves. */
  readonly failed: Promise<never>
  /** Asks it to end, waits until it has, and does not start it again. */
  stop(): Promise<void>
}

const STOP_TIMEOUT_MS = 20_000
const STARTS_IN_VAIN = 5

export function startWorkerProcess({ onRestart, ...settings }: WorkerOptions): WorkerProcess {
  let life = spawnWorker(settings, 0)
  let stopping = false
  const url = life.url

  async function keepRunning(): Promise<never> {
    const port = Number(new URL(await url).port)
    for (let inVain = 0; inVain < STARTS_IN_VAIN; ) {
      const how = await life.ended
      if (stopping) return new Promise(() => {})
      onRestart({ how })
      life = spawnWorker(settings, port)
      const served = await life.url.catch(() => undefined)
      inVain = served === (await url) ? 0 : inVain + 1
    }
    throw new RunError(`the worker does not come up again; it said last:\n${life.lastLines()}`)
  }
  const failed = keepRunning()
  // Whoever runs the replay waits for these; until then they must not count as unhandled.
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
