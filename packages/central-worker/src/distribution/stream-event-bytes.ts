// Each event as the bytes that go to every reader: made once, shared.
import {
  formatSnapshotVersion,
  type Goodbye,
  type Heartbeat,
  type StreamEvent,
} from '@winrate/shared-schema/contracts'
import type { Serving } from './served-head.ts'
import type { ServedSnapshot } from './served-snapshot.ts'

const snapshotBytes = new WeakMap<ServedSnapshot, Buffer>()

/** The `snapshot` event of a snapshot; the same buffer each time. */
export function snapshotEventBytes(snapshot: ServedSnapshot): Buffer {
  const made = snapshotBytes.get(snapshot)
  if (made !== undefined) return made
  const bytes = eventBytes('snapshot', snapshot.text, formatSnapshotVersion(snapshot))
  snapshotBytes.set(snapshot, bytes)
  return bytes
}

/** The `heartbeat` event for readers that are served this. */
export function heartbeatEventBytes({ snapshot, held }: Serving): Buffer {
  const heartbeat: Heartbeat = {
    ...(snapshot !== undefined && { head: formatSnapshotVersion(snapshot) }),
    ...(held && { held }),
  }
  return eventBytes('heartbeat', JSON.stringify(heartbeat))
}

/** The `goodbye` event. */
export function goodbyeEventBytes(goodbye: Goodbye): Buffer {
  return eventBytes('goodbye', JSON.stringify(goodbye))
}

function eventBytes(event: StreamEvent, data: string, id?: string): Buffer {
  const idLine = id === undefined ? '' : `id: ${id}\n`
  return Buffer.from(`${idLine}event: ${event}\ndata: ${data}\n\n`, 'utf8')
}
