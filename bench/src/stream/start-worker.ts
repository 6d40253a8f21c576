import { createInterface } from 'node:readline'
import { startedUrl, workerEnvironment, workerMain } from '@winrate/demo/fleet/spawn-worker'
import { type ServingProcess, startServingProcess } from '../measuring/serving-process.ts'

export interface StreamWorker extends ServingProcess {
  readonly url: string
}

/** Starts the whole worker with its own command; only the benchmark publishes snapshots. */
export async function startWorker(connectionString: string): Promise<StreamWorker> {
  const reporting = new URL('./report-memory.js', import.meta.url).href
  const worker = startServingProcess(
    ['--expose-gc', '--import', reporting, workerMain(), 'start'],
    {
      env: workerEnvironment({
        DATABASE_URL: connectionString,
        WINRATE_PORT: 0,
        WINRATE_AGGREGATION_INTERVAL_MS: 86_400_000,
      }),
      quiet: true,
    },
  )
  return { ...worker, url: await urlOf(worker) }
}

function urlOf({ child }: ServingProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const last: string[] = []
    child.once('exit', () => reject(new Error(`the worker ended:\n${last.join('\n')}`)))
    if (child.stdout === null) return
    createInterface({ input: child.stdout }).on('line', (line) => {
      last.splice(0, last.length - 10)
      last.push(line)
      const url = startedUrl(line)
      if (url !== undefined) resolve(url)
    })
  })
}
