import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type AskedProcess, startAskedProcess } from './asked-process.ts'

export interface StreamWorker extends AskedProcess {
  readonly url: string
}

const startedLineSchema = z.object({ msg: z.literal('worker-started'), url: z.url() })

/** Starts the whole worker as its command does; only the benchmark publishes. */
export async function startWorker(connectionString: string): Promise<StreamWorker> {
  const main = fileURLToPath(
    new URL('../dist/main.js', import.meta.resolve('@winrate/central-worker')),
  )
  const reporting = new URL('./report-memory.js', import.meta.url).href
  const worker = startAskedProcess(['--expose-gc', '--import', reporting, main, 'start'], {
    env: environment(connectionString),
    quiet: true,
  })
  return { ...worker, url: await startedUrl(worker) }
}

function environment(connectionString: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(WINRATE_.*|PG[A-Z]+|DATABASE_URL|REDIS_URL)$/.test(name),
  )
  return {
    ...Object.fromEntries(inherited),
    DATABASE_URL: connectionString,
    WINRATE_PORT: '0',
    WINRATE_AGGREGATION_INTERVAL_MS: '86400000',
  }
}

function startedUrl({ child }: AskedProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const last: string[] = []
    child.once('exit', () => reject(new Error(`the worker ended:\n${last.join('\n')}`)))
    if (child.stdout === null) return
    createInterface({ input: child.stdout }).on('line', (line) => {
      last.splice(0, last.length - 10)
      last.push(line)
      if (!line.includes('"worker-started"')) return
      const started = startedLineSchema.safeParse(JSON.parse(line))
      if (started.success) resolve(started.data.url)
    })
  })
}
