import { readFile, stat } from 'node:fs/promises'
import { durationProblems } from '../../runtime/option-problems.ts'
import { createPollingSource } from './polling-source.ts'
import type { SnapshotSource } from './snapshot-source.ts'

export interface FileSnapshotsOptions {
  /** A file that holds a snapshot's text, written by rename so that a reader never finds half of it. */
  readonly path: string
  /** How often the file is checked, in milliseconds, ± 20 %. Default 5000. */
  readonly pollIntervalMs?: number
}

/**
 * Snapshots from a file that another process replaces. The file is read when it has changed. A
 * snapshot's age counts from its creation.
 */
export function fileSnapshots({
  path,
  pollIntervalMs = 5_000,
}: FileSnapshotsOptions): SnapshotSource {
  let seen = ''
  return createPollingSource({
    kind: 'file',
    intervalMs: pollIntervalMs,
    problems: [
      ...(typeof path === 'string' && path !== '' ? [] : ['fileSnapshots: path is missing']),
      ...durationProblems('fileSnapshots', { pollIntervalMs }),
    ],
    async poll({ signal, lastFailed }) {
      const { mtimeMs, size, ino } = await stat(path)
      const now = `${mtimeMs} ${size} ${ino}`
      if (now === seen && !lastFailed) return {}
      const text = await readFile(path, { encoding: 'utf8', signal })
      seen = now
      return { text, ageFrom: 'creation' }
    },
  })
}
