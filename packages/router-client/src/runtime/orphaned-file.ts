import { stat } from 'node:fs/promises'

/** A process that lives writes its files more often, so a process of this number is another one by now. */
const ABANDONED_MS = 86_400_000

/** Whether the process of this number, which wrote the file, has ended. Beside it, others may use such files. */
export async function isOrphan(file: string, pid: number): Promise<boolean> {
  if (!isAlive(pid)) return true
  const { mtimeMs } = await stat(file)
  // In a container each start may have the same process id. In a thread `performance` counts from its own start.
  const isFromBefore = pid === process.pid && mtimeMs < Date.now() - process.uptime() * 1_000
  return isFromBefore || mtimeMs < Date.now() - ABANDONED_MS
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (cause) {
    // Another user's process is alive, too.
    return !(cause instanceof Error && 'code' in cause && cause.code === 'ESRCH')
  }
}
