import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

const END_TIMEOUT_MS = 5_000

/**
 * Ends the Postgres that runs on this embedded data folder, if there is one. Its data is about to be
 * thrown away, so it is not asked to finish anything.
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
    // It ended by itself a moment ago.
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
 * Asked by its command line, because a pid may have been given to another program since the file was
 * written, and because a process that has ended keeps its pid until somebody asks for its exit code.
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
