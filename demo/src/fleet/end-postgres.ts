import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

const END_TIMEOUT_MS = 5_000

/**
 * Ends the Postgres that runs on this embedded data folder, if any. Its data is about to be deleted, so it need
 * not finish anything.
 */
export async function endPostgres(dataDir: string): Promise<void> {
  const clusterDir = join(dataDir, 'cluster')
  const lines = await readFile(join(clusterDir, 'postmaster.pid'), 'utf8').catch(() => '')
  const [first = '', folder = ''] = lines.split('\n')
  const pid = Number(first)
  if (folder !== clusterDir || !Number.isSafeInteger(pid) || pid <= 1) return
  for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
    if (!(await runsOn(pid, clusterDir))) return
    send(pid, signal)
    if (await hasEnded(pid, clusterDir)) return
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // The process ended a moment ago.
  }
}

async function hasEnded(pid: number, clusterDir: string): Promise<boolean> {
  const deadlineMs = performance.now() + END_TIMEOUT_MS
  while (await runsOn(pid, clusterDir)) {
    if (performance.now() > deadlineMs) return false
    await sleep(20)
  }
  return true
}

/**
 * Compares the command line, because the pid may belong to another program by now, and because an ended process
 * keeps its pid until its parent reads the exit code.
 */
async function runsOn(pid: number, clusterDir: string): Promise<boolean> {
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() =>
    run('ps', ['-o', 'command=', '-p', String(pid)]).then(
      ({ stdout }) => stdout,
      () => '',
    ),
  )
  return commandLine.includes(clusterDir)
}
