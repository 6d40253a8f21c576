import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RateLimitedWarning } from '../runtime/rate-limited-warning.ts'
import { describeCause } from '../runtime/unknown-value.ts'

export type SnapshotCache = ReturnType<typeof createSnapshotCache>

/**
 * The text of the last good snapshot on disk. It is written beside the file and renamed over it, so a reader
 * finds the old or the new one, never half of one. Of several waiting writes only the newest is made. A
 * failure is a warning.
 */
export function createSnapshotCache(path: string, warn: RateLimitedWarning) {
  let waiting: string | undefined
  let writing: Promise<void> | undefined

  async function writeWaiting(): Promise<void> {
    while (waiting !== undefined) {
      const text = waiting
      waiting = undefined
      try {
        await replaceFile(path, text)
      } catch (cause) {
        warn('snapshot-cache-not-written', path, { path, cause: describeCause(cause) })
      }
    }
    writing = undefined
  }

  return {
    /** The text on disk, unchecked; undefined when there is none or it cannot be read. */
    async load(): Promise<string | undefined> {
      try {
        return await readFile(path, 'utf8')
      } catch (cause) {
        const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
        if (!missing) warn('snapshot-cache-not-read', path, { path, cause: describeCause(cause) })
        return undefined
      }
    },
    /** Writes in the background. */
    store(text: string): void {
      waiting = text
      writing ??= writeWaiting()
    },
    /** Resolves when nothing is being written. */
    settled: async (): Promise<void> => writing,
  }
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
