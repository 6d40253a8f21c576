import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Fleet } from '@winrate/shared-schema/contracts'
import type { FleetOrigin } from '../runtime/fleet-origin.ts'
import { isOrphan } from '../runtime/orphaned-file.ts'
import type { RateLimitedWarning } from '../runtime/rate-limited-warning.ts'
import { describeCause, isRecord, parseJson } from '../runtime/unknown-value.ts'

export type SnapshotCache = ReturnType<typeof createSnapshotCache>

/**
 * The text of the last good snapshot on disk. It is written beside the file and renamed over it, so a reader
 * finds the old or the new one, never half of one. Of several waiting writes only the newest is made. A
 * failure is a warning. What a process that was killed left beside the file is removed at the next start.
 *   A second file beside it, `.source`, names the address and the fleet that it led to. The first one stays a plain
 * snapshot, which earlier versions and `fileSnapshots` read.
 *
 * @param address Where the snapshots come from; without it there is no second file.
 */
export function createSnapshotCache(path: string, warn: RateLimitedWarning, address?: string) {
  const sourcePath = `${path}.source`
  let waiting: { readonly text: string; readonly fleet: Fleet | undefined } | undefined
  let sourceWritten: string | undefined
  let writing: Promise<void> | undefined

  async function writeWaiting(): Promise<void> {
    while (waiting !== undefined) {
      const { text, fleet } = waiting
      const source = JSON.stringify({ address, fleet })
      waiting = undefined
      try {
        await replaceFile(path, text)
        if (address === undefined || source === sourceWritten) continue
        await replaceFile(sourcePath, source)
        sourceWritten = source
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
        if (!isMissing(cause)) {
          warn('snapshot-cache-not-read', path, { path, cause: describeCause(cause) })
        }
        return undefined
      }
    },
    /** Where the text on disk came from, as far as is known. */
    async source(): Promise<FleetOrigin> {
      const kept = parseJson(await readFile(sourcePath, 'utf8').catch(() => ''))
      if (!isRecord(kept)) return {}
      const { address, fleet } = kept
      return {
        ...(typeof address === 'string' && { address }),
        ...(isRecord(fleet) && typeof fleet['id'] === 'string' && { fleet: { id: fleet['id'] } }),
      }
    },
    /** Removes what other processes began to write and never finished. Never rejects. */
    removeOrphans: (): Promise<void> => removeOrphans(path),
    /** Writes in the background. */
    store(text: string, fleet?: Fleet): void {
      waiting = { text, fleet }
      writing ??= writeWaiting()
    },
    /** Resolves when nothing is being written. */
    settled: async (): Promise<void> => writing,
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  try {
    await writeBeside(path, text)
  } catch (cause) {
    // A process that does not see this one, as in another container, took the new file for an orphan.
    if (!isMissing(cause)) throw cause
    await writeBeside(path, text)
  }
}

async function writeBeside(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}.${randomUUID().slice(0, 8)}.tmp`
  try {
    await writeFile(beside, text)
    await rename(beside, path)
  } catch (cause) {
    // Where even this fails, the first failure is the one to report.
    await rm(beside, { force: true }).catch(() => undefined)
    throw cause
  }
}

const besideName = /^(?:\.source)?\.([1-9]\d*)\.[0-9a-f]{8}\.tmp$/

async function removeOrphans(path: string): Promise<void> {
  const folder = dirname(path)
  const name = basename(path)
  try {
    for (const file of await readdir(folder)) {
      const pid = file.startsWith(name) ? besideName.exec(file.slice(name.length))?.[1] : undefined
      if (pid === undefined) continue
      const beside = join(folder, file)
      if (await isOrphan(beside, Number(pid))) await rm(beside, { force: true })
    }
  } catch {
    // A folder that is missing holds no orphans. One that cannot be read or changed is reported by the next write.
  }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
}
