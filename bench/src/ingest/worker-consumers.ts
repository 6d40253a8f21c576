import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { endProcess } from '@winrate/demo/fleet/end-process'

export interface WorkerConsumers {
  stop(): Promise<void>
}

const STOP_TIMEOUT_MS = 20_000

/** Runs the worker's own command, with so many consumers, until it serves; no tick disturbs them. */
export async function startWorkerConsumers(
  connectionString: string,
  consumers: number,
): Promise<WorkerConsumers> {
  const main = fileURLToPath(new URL('./main.js', import.meta.resolve('@winrate/central-worker')))
  const child = spawn(process.execPath, [main, 'start'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: connectionString,
      WINRATE_PORT: '0',
      WINRATE_INGEST_CONSUMERS: String(consumers),
      WINRATE_AGGREGATION_INTERVAL_MS: '86400000',
    },
  })
  const stop = () => endProcess(child, { signal: 'SIGTERM', timeoutMs: STOP_TIMEOUT_MS })
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"worker-started"')) resolve()
    })
  })
  return { stop }
}
