// Each event as the bytes that go to every reader: made and compressed once, shared.
//   A compressed stream begins with `gzipStreamHeader`. Each event is a run of deflate blocks that ends
// by a full flush, so that it refers to nothing before it and can follow any other. The stream has no
// gzip trailer, which would differ from reader to reader: its end is the goodbye.
import { promisify } from 'node:util'
import { constants, deflateRaw, deflateRawSync } from 'node:zlib'
import {
  formatSnapshotVersion,
  type Goodbye,
  type Heartbeat,
  type StreamEvent,
} from '@winrate/shared-schema/contracts'
import type { Serving } from './served-head.ts'

/** How a reader wants the stream. */
export type StreamCoding = 'plain' | 'gzip'

export type EventBytes = Readonly<Record<StreamCoding, Buffer>>

const deflate = promisify(deflateRaw)
const blocks = { finishFlush: constants.Z_FULL_FLUSH }

/** Ten bytes: no name, no time, of an unknown system. */
export const gzipStreamHeader = Buffer.from('1f8b08000000000000ff', 'hex')

/** An event with the `epoch:version` that a reader has after it. Compressed beside the event loop. */
export async function versionEventBytes(
  event: StreamEvent,
  { text, id }: { readonly text: string; readonly id: string },
): Promise<EventBytes> {
  const plain = Buffer.from(`id: ${id}\n${eventText(event, text)}`, 'utf8')
  return { plain, gzip: await deflate(plain, blocks) }
}

/** The `heartbeat` event for readers that are served this. */
export function heartbeatEventBytes({ snapshot, held }: Serving): EventBytes {
  const heartbeat: Heartbeat = {
    ...(snapshot !== undefined && { head: formatSnapshotVersion(snapshot) }),
    ...(held && { held }),
  }
  return smallEventBytes('heartbeat', heartbeat)
}

/** The `goodbye` event. */
export function goodbyeEventBytes(goodbye: Goodbye): EventBytes {
  return smallEventBytes('goodbye', goodbye)
}

function smallEventBytes(event: StreamEvent, body: object): EventBytes {
  const plain = Buffer.from(eventText(event, JSON.stringify(body)), 'utf8')
  return { plain, gzip: deflateRawSync(plain, blocks) }
}

function eventText(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`
}
