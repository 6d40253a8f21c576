// Runs the demo's programs as their users do, in a folder for temporary files of their own.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { isAlive } from '@winrate/demo/fleet/is-alive'
import { expect, onTestFinished } from 'vitest'
import { waitUntil } from './wait-until.ts'

/** A folder for temporary files, removed with the test. */
export async function createScratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'demo-test-'))
  // Root runs the demo's Postgres as another user, who must be able to enter the folder.
  await chmod(folder, 0o711)
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Starts a program of the demo. Ends it with the test. */
export function startDemoProcess(
  main: string,
  args: readonly string[],
  { folder, environment = {} }: { folder: string; environment?: Readonly<Record<string, string>> },
) {
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      ...process.env,
      TMPDIR: folder,
      DATABASE_URL: 'postgres://nowhere.invalid/none',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    output.stdout += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    output.stderr += String(chunk)
  })
  const closed = once(child, 'close')
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await closed
  })
  return {
    output,
    pid: child.pid ?? 0,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** Stops reading what it prints, as `head` does. */
    closeStdout: () => child.stdout.destroy(),
    async end() {
      await closed
      return child.exitCode
    },
    says: (text: string) =>
      waitUntil(
        () => {
          if (child.exitCode !== null) throw new Error(`the program ended: ${output.stderr}`)
          return `${output.stdout}${output.stderr}`.includes(text)
        },
        { describe: `the program to say "${text}"` },
      ),
  }
}

export interface Process {
  readonly pid: number
  readonly command: string
}

export async function childrenOf(parent: number): Promise<Process[]> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid=,ppid=,args='])
  return stdout
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
    .filter(([, , ppid]) => Number(ppid) === parent)
    .map(([, pid, , command]) => ({ pid: Number(pid), command: command ?? '' }))
}

export async function nothingIsLeftOf(processes: readonly Process[], folder: string) {
  for (const { pid, command } of processes) {
    await waitUntil(() => !isAlive(pid), { describe: `${command} (${pid}) to end` })
  }
  expect(await readdir(folder)).toEqual([])
}
