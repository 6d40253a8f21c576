import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { RunError } from '../errors.ts'
import type { DemoPolicy } from '../options.ts'

export interface WorkerSettings {
  readonly connectionString: string
  readonly intervalMs: number
  readonly policy: DemoPolicy
}

/** One life of the worker, from spawn to exit. */
export interface WorkerLife {
  readonly child: ChildProcess
  /** Resolves when it serves; rejects with RunError when it ends before that. */
  readonly url: Promise<string>
  /** Resolves when it is gone, to how it went. */
  readonly ended: Promise<string>
  lastLines(): string
}

const LAST_LINES = 15

const startedLineSchema = z.object({ msg: z.literal('worker-started'), url: z.url() })

/** Starts the worker's own command; port 0 is any free one. */
export function spawnWorker(settings: WorkerSettings, port: number): WorkerLife {
  const endWithParent = new URL('./end-with-parent.js', import.meta.url).href
  const child = spawn(process.execPath, ['--import', endWithParent, workerMain(), 'start'], {
    // A process group of its own: Ctrl-C reaches the demo, which stops the worker in its turn.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: workerEnvironment(settings, port),
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
      reject(new RunError(`the worker ended (${how}); it said last:\n${lastLines()}`))
    })
  })
  url.catch(() => {})
  return { child, url, ended, lastLines }
}

function workerMain(): string {
  return fileURLToPath(new URL('../dist/main.js', import.meta.resolve('@winrate/central-worker')))
}

/** The demo's worker is configured by the demo alone, whatever else the environment says. */
function workerEnvironment(
  { connectionString, intervalMs, policy }: WorkerSettings,
  port: number,
): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(WINRATE_.*|PG[A-Z]+|DATABASE_URL|REDIS_URL)$/.test(name),
  )
  return {
    ...Object.fromEntries(inherited),
    DATABASE_URL: connectionString,
    WINRATE_PORT: String(port),
    WINRATE_AGGREGATION_INTERVAL_MS: String(intervalMs),
    WINRATE_POLICY: policy.kind,
    WINRATE_POLICY_EXPLORATION: String(policy.exploration),
    WINRATE_LOG_LEVEL: 'info',
  }
}

function startedUrl(line: string): string | undefined {
  if (!line.includes('"worker-started"')) return undefined
  try {
    return startedLineSchema.safeParse(JSON.parse(line)).data?.url
  } catch {
    return undefined
  }
}
