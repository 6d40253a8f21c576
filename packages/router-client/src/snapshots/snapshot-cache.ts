import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Snapshot, writeSnapshotInSteps } from '@winrate/shared-schema/contracts'
import { describeCause } from '../runtime/describe-error.ts'
import type { RateLimitedWarning } from '../runtime/rate-limited-warning.ts'
import { runInSlices } from './slices.ts'

/**
 * The last good snapshot on disk. Written beside the file and renamed over it, so a reader finds the
 * old or the new one, never half of one; of several waiting writes only the newest is made. What comes as
 * a value is turned into its text in slices, so that the event loop never waits for it. Failures are
 * warnings.
 */
export interface SnapshotCache {
  /** The text on disk, unchecked; undefined when there is none or it cannot be read. */
  load(): Promise<string | undefined>
  /** Writes in the background. */
  store(snapshot: string | Snapshot): void
  /** Resolves when nothing is being written. */
  settled(): Promise<void>
}

export function createSnapshotCache(path: string, warn: RateLimitedWarning): SnapshotCache {
  let waiting: string | Snapshot | undefined
  let writing: Promise<void> | undefined

  async function writeWaiting(): Promise<void> {
    while (waiting !== undefined) {
      const snapshot = waiting
      waiting = undefined
      try {
        await replaceFile(path, await textOf(snapshot))
      } catch (cause) {
        warn('snapshot-cache-not-written', path, { path, cause: describeCause(cause) })
      }
    }
    writing = undefined
  }

  return {
    async load() {
      try {
        return await readFile(path, 'utf8')
      } catch (cause) {
        const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
        if (!missing) warn('snapshot-cache-not-read', path, { path, cause: describeCause(cause) })
        return undefined
      }
    },
    store(snapshot) {
      waiting = snapshot
      writing ??= writeWaiting()
    },
    settled: async () => writing,
  }
}

async function textOf(snapshot: string | Snapshot): Promise<string> {
  return typeof snapshot === 'string' ? snapshot : runInSlices(writeSnapshotInSteps(snapshot))
}

async function replaceFile(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}.${randomUUID().slice(0, 8)}.tmp`
  await mkdir(dirname(path), { recursive: true })
  try {
    await writeFile(beside, text)
    await rename(beside, path)
  } catch (cause) {
    await rm(beside, { force: true })
    throw cause
  }
}
