import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { durationProblems, unknownProblems } from '../../runtime/option-problems.ts'
import { createPollingSource } from './polling-source.ts'
import type { SnapshotSource } from './snapshot-source.ts'

export interface FileSnapshotsOptions {
  /** A file that holds a snapshot's text, written by rename so that a reader never finds half of it. */
  readonly path: string
  /** How often the file is checked, in milliseconds, ± 20 %. Default 5000. */
  readonly pollIntervalMs?: number | undefined
}

const MAX_FILE_BYTES = 64 * 1024 * 1024

/**
 * Snapshots from a file that another process replaces. The file is read when it has changed. A
 * snapshot's age counts from its creation.
 */
export function fileSnapshots(options: FileSnapshotsOptions): SnapshotSource {
  const { path, pollIntervalMs = 5_000 } = options
  let seen = ''
  return createPollingSource({
    kind: 'file',
    address: typeof path === 'string' ? `file:${resolve(path)}` : undefined,
    intervalMs: pollIntervalMs,
    problems: [
      ...(typeof path === 'string' && path !== '' ? [] : ['fileSnapshots: path is missing']),
      ...durationProblems('fileSnapshots', { pollIntervalMs }),
      ...unknownProblems('fileSnapshots', options, { path: true, pollIntervalMs: true }),
    ],
    async poll({ signal, lastFailed }) {
      const found = await stat(path)
      const { mtimeMs, size, ino } = found
      // Reading a pipe or a device might never end.
      if (!found.isFile()) return { problem: `${path} is not a file` }
      if (size > MAX_FILE_BYTES)
        return { problem: `${path} is larger than ${MAX_FILE_BYTES} bytes` }
      const now = `${mtimeMs} ${size} ${ino}`
      if (now === seen && !lastFailed) return {}
      const text = await readFile(path, { encoding: 'utf8', signal })
      seen = now
      return { text, ageFrom: 'creation' }
    },
  })
}
