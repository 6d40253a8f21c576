// Worker processes on fixed ports, started again whenever they end, as a deployment would.
import { setTimeout as sleep } from 'node:timers/promises'
import { endProcess } from '@winrate/demo/fleet/end-process'
import { findFreePort } from '@winrate/demo/fleet/free-port'
import { spawnWorker, type WorkerVariables } from '@winrate/demo/fleet/spawn-worker'

export interface Workers {
  readonly urls: readonly string[]
  /** Whether each of them serves. */
  areServing(): boolean
  kill(worker: number, downMs: number): Promise<void>
  freeze(worker: number, stillMs: number): Promise<void>
  /** Stops each as a deployment would. */
  stop(): Promise<void>
  /** Starts that failed before the worker served, because Postgres was away. */
  startsInVain(): number
}

const RESTART_MS = 250
const STOP_TIMEOUT_MS = 30_000

export async function startWorkers(
  count: number,
  variables: WorkerVariables,
  onDifference: (text: string) => void,
): Promise<Workers> {
  const ports = await Promise.all(Array.from({ length: count }, () => findFreePort()))
  let startsInVain = 0
  let stopping = false

  function keepRunning(number: number) {
    let hasServed = false
    const start = () => {
      const started = spawnWorker({ ...variables, WINRATE_PORT: ports[number] ?? 0 })
      started.url.then(
        () => {
          hasServed = true
        },
        () => {},
      )
      return started
    }
    let life = start()
    let downMs: number | undefined
    const ended = (async () => {
      for (;;) {
        const how = await life.ended
        if (stopping) return how
        if (downMs === undefined && hasServed) {
          onDifference(`worker ${number} ended by itself (${how}):\n${life.lastLines()}`)
        }
        if (downMs === undefined && !hasServed) startsInVain += 1
        hasServed = false
        await sleep(downMs ?? RESTART_MS)
        downMs = undefined
        if (stopping) return 'exit code 0'
        life = start()
      }
    })()
    return {
      isServing: () => hasServed,
      signal: (name: NodeJS.Signals) => void life.child.kill(name),
      async kill(ms: number) {
        const { child, ended: over } = life
        downMs = ms
        child.kill('SIGKILL')
        await over
      },
      async stop() {
        await endProcess(life.child, { signal: 'SIGTERM', timeoutMs: STOP_TIMEOUT_MS })
        const how = await ended
        if (how !== 'exit code 0') {
          onDifference(`worker ${number} did not stop in order (${how}):\n${life.lastLines()}`)
        }
      },
    }
  }

  const running = ports.map((_, number) => keepRunning(number))
  return {
    urls: ports.map((port) => `http://127.0.0.1:${port}`),
    areServing: () => running.every(({ isServing }) => isServing()),
    kill: async (worker, downMs) => running[worker]?.kill(downMs),
    async freeze(worker, stillMs) {
      running[worker]?.signal('SIGSTOP')
      await sleep(stillMs)
      running[worker]?.signal('SIGCONT')
    },
    async stop() {
      stopping = true
      await Promise.all(running.map((one) => one.stop()))
    },
    startsInVain: () => startsInVain,
  }
}
