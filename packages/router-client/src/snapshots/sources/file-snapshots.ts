import { readFile, stat } from 'node:fs/promises'
import { durationProblems } from '../../runtime/option-problems.ts'
import { createPollLoop, type PollResult } from './poll-loop.ts'
import type { SnapshotReceiver, SnapshotSource } from './snapshot-source.ts'

export interface FileSnapshotsOptions {
  /** A file that holds a snapshot's text, written by rename so that it is never half there. */
  readonly path: string
  /** How often the file is looked at, in milliseconds, ± 20 %. Default 5000. */
  readonly pollIntervalMs?: number
}

const DEFAULT_POLL_INTERVAL_MS = 5_000

/**
 * Snapshots out of a file that another process replaces. The file is read when it has changed. A
 * snapshot's age counts from its creation.
 */
export function fileSnapshots({
  path,
  pollIntervalMs = DEFAULT_POLL_INTERVAL_MS,
}: FileSnapshotsOptions): SnapshotSource {
  let receiver: SnapshotReceiver | undefined
  let seen = ''
  let stopped = false

  async function poll(signal: AbortSignal): Promise<PollResult> {
    const { mtimeMs, size, ino } = await stat(path)
    const now = `${mtimeMs} ${size} ${ino}`
    if (signal.aborted || receiver === undefined) return { ok: true }
    if (now === seen) {
      receiver.confirm()
      return { ok: true }
    }
    const text = await readFile(path, { encoding: 'utf8', signal })
    if (signal.aborted) return { ok: true }
    const answer = await receiver.offerText(text, { ageFrom: 'creation' })
    if (answer === 'refused') return { ok: false }
    seen = now
    if (answer === 'ignored') receiver.confirm()
    return { ok: true }
  }

  const loop = createPollLoop({ intervalMs: pollIntervalMs, poll })
  return {
    expectsUpdates: true,
    problems: [
      ...(typeof path === 'string' && path !== '' ? [] : ['fileSnapshots: path is missing']),
      ...durationProblems('fileSnapshots', { pollIntervalMs }),
    ],
    start(given) {
      if (receiver !== undefined || stopped) return
      receiver = given
      loop.start(given, 0)
    },
    async stop() {
      stopped = true
      await loop.stop()
    },
    status() {
      if (stopped) return { kind: 'file', state: 'stopped' }
      if (receiver === undefined) return { kind: 'file', state: 'idle' }
      return { kind: 'file', state: loop.isFailing() ? 'failing' : 'polling' }
    },
  }
}
