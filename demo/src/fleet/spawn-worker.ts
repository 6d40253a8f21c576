import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { RunError } from '../errors.ts'

/** Environment variables of a worker, without those that are inherited. */
export type WorkerVariables = Readonly<Record<string, string | number>>

/** One life of the worker, from spawn to exit. */
export interface WorkerLife {
  readonly child: ChildProcess
  /** Resolves when the worker serves; rejects with RunError if it ends before that. */
  readonly url: Promise<string>
  /** Resolves when the worker has ended, to its exit code or signal. */
  readonly ended: Promise<string>
  lastLines(): string
}

const LAST_LINES = 15

const startedLineSchema = z.object({ msg: z.literal('worker-started'), url: z.url() })

/** Starts the worker's own command; it ends when this process does. */
export function spawnWorker(variables: WorkerVariables): WorkerLife {
  const endWithParent = new URL('./end-with-parent.js', import.meta.url).href
  const child = spawn(process.execPath, ['--import', endWithParent, workerMain(), 'start'], {
    // In its own process group, so that Ctrl-C reaches only this process, which then stops the worker.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: workerEnvironment(variables),
  })
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  const lines: string[] = []
  const lastLines = () => lines.join('\n')
  const url = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line)
        if (lines.length > LAST_LINES) lines.shift()
        const served = startedUrl(line)
        if (served !== undefined) resolve(served)
      })
    }
    void ended.then((how) => {
      reject(new RunError(`the worker ended (${how}); its last lines:\n${lastLines()}`))
    })
  })
  url.catch(() => {})
  return { child, url, ended, lastLines }
}

export function workerMain(): string {
  const entry = import.meta.resolve('@winrate/central-worker')
  // The entry is the source or the bundle, as the conditions of this process say.
  return fileURLToPath(entry.replace(/(?:src|dist\/bundle)\/index\.[jt]s$/, 'dist/main.js'))
}

/** The inherited environment without the variables that would configure a worker. */
export function workerEnvironment(variables: WorkerVariables): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(WINRATE_.*|PG[A-Z]+|DATABASE_URL|REDIS_URL)$/.test(name),
  )
  const given = Object.entries(variables).map(([name, value]) => [name, String(value)])
  return { ...Object.fromEntries(inherited), ...Object.fromEntries(given) }
}

/** The URL that a log line announces; undefined for every other line. */
export function startedUrl(line: string): string | undefined {
  if (!line.includes('"worker-started"')) return undefined
  try {
    return startedLineSchema.safeParse(JSON.parse(line)).data?.url
  } catch {
    return undefined
  }
}
