import type {
  SnapshotReceiver,
  SnapshotSource,
  SourceStatus,
} from '../snapshots/sources/snapshot-source.ts'

/** A source that does what a test tells it. */
export interface StaticSource extends SnapshotSource {
  /** Offers a snapshot, now or at the start. */
  publish(snapshot: unknown): void
  /** Says that there is nothing newer. */
  confirm(options?: { readonly held?: boolean }): void
  /** Reports a failed attempt. */
  fail(problem: string): void
}

/**
 * @param snapshot What to offer at the start: a snapshot's text or value, for example of
 * `snapshotFromTable`. Without it the source keeps quiet until it is told something.
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
