// Each event as the bytes that every reader gets: made and compressed once, then shared.
//   A compressed stream begins with `gzipStreamHeader`. Each event is a run of deflate blocks that ends
// by a full flush, so that it refers to nothing before it and can follow any other. The stream has no
// gzip trailer, which would differ from reader to reader: its end is the goodbye.
import { promisify } from 'node:util'
import { constants, deflateRaw, deflateRawSync } from 'node:zlib'
import type { Goodbye, Heartbeat, StreamEvent } from '@winrate/shared-schema/contracts'

/** How a reader wants the stream. */
export type StreamCoding = 'plain' | 'gzip'

export type EventBytes = Readonly<Record<StreamCoding, Buffer>>

const deflate = promisify(deflateRaw)
const blocks = { finishFlush: constants.Z_FULL_FLUSH }

/** Ten bytes: no name, no time, of an unknown system. */
export const gzipStreamHeader = Buffer.from('1f8b08000000000000ff', 'hex')

/** An event with the `epoch:version` that a reader has after it. Compressed off the event loop. */
export async function versionEventBytes(
  event: StreamEvent,
  { text, id }: { readonly text: string; readonly id: string },
): Promise<EventBytes> {
  const plain = Buffer.from(`id: ${id}\n${eventText(event, text)}`, 'utf8')
  return { plain, gzip: await deflate(plain, blocks) }
}

export function heartbeatEventBytes(heartbeat: Heartbeat): EventBytes {
  return smallEventBytes('heartbeat', heartbeat)
}

export function goodbyeEventBytes(goodbye: Goodbye): EventBytes {
  return smallEventBytes('goodbye', goodbye)
}

function smallEventBytes(event: StreamEvent, body: object): EventBytes {
  const plain = Buffer.from(eventText(event, JSON.stringify(body)), 'utf8')
  return { plain, gzip: deflateRawSync(plain, blocks) }
}

/** What follows the data of every event. */
export const EVENT_END = '\n\n'

function eventText(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}${EVENT_END}`
}
