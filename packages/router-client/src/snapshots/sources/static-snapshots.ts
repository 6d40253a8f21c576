import type { SnapshotSource, SourceStatus } from './snapshot-source.ts'

/**
 * One snapshot for ever: its text, or the parsed value. It never goes stale. A snapshot that breaks the
 * contract is refused with a warning, and defaults serve.
 */
export function staticSnapshots(snapshot: unknown): SnapshotSource {
  let state: SourceStatus['state'] = 'idle'
  return {
    expectsUpdates: false,
    start(receiver) {
      if (state !== 'idle') return
      const answer = receiver.offer(snapshot)
      if (answer === 'ignored') receiver.confirm({ held: true })
      state = answer === 'refused' ? 'failing' : 'polling'
    },
    async stop() {
      state = 'stopped'
    },
    status: () => ({ kind: 'static', state }),
  }
}
