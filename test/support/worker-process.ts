import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { waitUntil } from './wait-until.ts'

const main = fileURLToPath(
  new URL('../../packages/central-worker/dist/bundle/main.js', import.meta.url),
)

export interface WorkerProcess {
  readonly url: string
  readonly pid: number
  /** The parsed lines of its log so far. */
  readonly log: readonly Record<string, unknown>[]
  /** Stops it as a deployment would, and returns the exit code. */
  stop(): Promise<number | null>
  /** Kills it at once, like a crash. */
  kill(): Promise<void>
}

/** Runs `npx winrate start` in a separate process and waits until it serves. Ends it with the test. */
export async function startWorkerProcess(
  environment: Record<string, string>,
  options: WorkerOptions = {},
): Promise<WorkerProcess> {
  return startWorkerFor(environment, onTestFinished, options)
}

export interface WorkerOptions {
  /** The network namespace that it runs in. */
  readonly namespace?: string
}

/** The same, for as long as the caller says: for all tests of a file, with `afterAll`. */
export async function startWorkerFor(
  environment: Record<string, string>,
  atEnd: (end: () => Promise<void>) => void,
  options: WorkerOptions = {},
): Promise<WorkerProcess> {
  const { child, log } = spawnWorker(['start'], environment, options)
  const exited = once(child, 'exit')
  atEnd(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await exited
  })
  const started = await waitUntil(
    () => {
      if (child.exitCode !== null) {
        throw new Error(`the worker exited at once: ${JSON.stringify(log.slice(-3))}`)
      }
      return log.find((line) => line['msg'] === 'worker-started')
    },
    { describe: 'worker-started' },
  )
  return {
    url: String(started['url']),
    pid: child.pid ?? 0,
    log,
    async stop() {
      child.kill('SIGTERM')
      await exited
      return child.exitCode
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** Runs any command of the worker until it exits. */
export async function runWorkerCommand(
  args: readonly string[],
  environment: Record<string, string>,
): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  const { child, output } = spawnWorker(args, environment)
  await once(child, 'close')
  return { exitCode: child.exitCode, ...output }
}

function spawnWorker(
  args: readonly string[],
  environment: Record<string, string>,
  { namespace }: WorkerOptions = {},
) {
  const command = [process.execPath, main, ...args]
  // It becomes the worker, and keeps its process id.
  if (namespace !== undefined) command.unshift('ip', 'netns', 'exec', namespace)
  const [program = '', ...programArgs] = command
  const child: ChildProcess = spawn(program, programArgs, {
    env: { PATH: process.env['PATH'] ?? '', WINRATE_PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log: Record<string, unknown>[] = []
  const output = { stdout: '', stderr: '' }
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      output.stdout += `${line}\n`
      if (line.startsWith('{')) log.push(JSON.parse(line))
    })
  }
  child.stderr?.on('data', (chunk) => {
    output.stderr += String(chunk)
  })
  return { child, log, output }
}
