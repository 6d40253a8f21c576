// Events of GET /v1/snapshot/stream (text/event-stream). `snapshot` carries the text of a snapshot on one line
// and its `epoch:version` as id; `delta` carries the text of a delta and the new `epoch:version`, to readers
// that asked for deltas; the others carry the bodies below.
import { object } from '../../schema/objects.ts'
import type { Infer } from '../../schema/schema.ts'
import { boolean, number, text } from '../../schema/values.ts'

/** Only for readers that sent DELTAS_HEADER. */
export const DELTA_EVENT = 'delta'

export const streamEvents = ['snapshot', DELTA_EVENT, 'heartbeat', 'goodbye'] as const

export type StreamEvent = (typeof streamEvents)[number]

/** Sent at intervals, so that a reader can tell a quiet stream from a dead one. */
export const heartbeatSchema = object({
  /** `epoch:version` that the reader should have by now; absent before the first snapshot. */
  head: text().optional(),
  /** Whether an operator holds this reader at `head` on purpose, so that its age is no fault. */
  held: boolean().optional(),
})

/** The last event of a stream that the server ends: the reader reconnects after this time, plus jitter. */
export const goodbyeSchema = object({
  reason: text(),
  reconnectAfterMs: number(0),
})

export type Heartbeat = Infer<typeof heartbeatSchema>
export type Goodbye = Infer<typeof goodbyeSchema>

/** Header of answers to GET /v1/snapshot, `true` where a heartbeat would say `held`. */
export const HELD_HEADER = 'x-winrate-held'

/** Header of a request for the stream: the `DELTA_FORMAT` that its reader can apply. */
export const DELTAS_HEADER = 'x-winrate-deltas'
