import type {
  SnapshotReceiver,
  SnapshotSource,
  SourceStatus,
} from '../snapshots/sources/snapshot-source.ts'

/** A source that a test controls. */
export interface StaticSource extends SnapshotSource {
  /** Offers a snapshot, now or at the start. */
  publish(snapshot: unknown): void
  /** Confirms that there is nothing newer. */
  confirm(options?: { readonly held?: boolean }): void
  /** Reports a failed attempt. */
  fail(problem: string): void
}

/**
 * @param snapshot What to offer at the start: a snapshot's text or value, for example from
 * `snapshotFromTable`. Without it the source offers nothing until `publish` is called.
 */
export function staticSource(snapshot?: unknown): StaticSource {
  let receiver: SnapshotReceiver | undefined
  let state: SourceStatus['state'] = 'idle'
  let pending = snapshot
  const publish = (next: unknown): void => {
    if (receiver === undefined) pending = next
    else receiver.offer(next)
  }
  return {
    expectsUpdates: true,
    start(given) {
      if (state !== 'idle') return
      receiver = given
      state = 'polling'
      if (pending !== undefined) publish(pending)
    },
    async stop() {
      receiver = undefined
      state = 'stopped'
    },
    status: () => ({ kind: 'static', state }),
    publish,
    confirm: (options) => receiver?.confirm(options),
    fail: (problem) => receiver?.fail(problem),
  }
}
