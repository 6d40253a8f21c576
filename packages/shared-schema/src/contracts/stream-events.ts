// Events of GET /v1/snapshot/stream (text/event-stream). `snapshot` carries a snapshot's text on one
// line and its `epoch:version` as id; the others carry these bodies.
import { z } from 'zod'

export const streamEvents = ['snapshot', 'heartbeat', 'goodbye'] as const

export type StreamEvent = (typeof streamEvents)[number]

/** Sent when nothing else was, so that a reader can tell a quiet stream from a dead one. */
export const heartbeatSchema = z.object({
  /** `epoch:version` that the reader should have by now; absent before the first snapshot. */
  head: z.string().optional(),
  /** Whether an operator holds this reader at `head` on purpose, so that its age is no fault. */
  held: z.boolean().optional(),
})

/** The last event of a stream that the server ends: come back after this long, jittered by the reader. */
export const goodbyeSchema = z.object({
  reason: z.string(),
  reconnectAfterMs: z.number().min(0),
})

export type Heartbeat = z.infer<typeof heartbeatSchema>
export type Goodbye = z.infer<typeof goodbyeSchema>

/** Header of answers to GET /v1/snapshot, `true` where a heartbeat would say `held`. */
export const HELD_HEADER = 'x-winrate-held'
