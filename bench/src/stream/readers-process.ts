// Readers of the stream as bare sockets: they accept gzip and deltas, decompress nothing, and note when the
// last byte of an event arrived. The process ends when its parent is gone.
import { connect, type Socket } from 'node:net'
import { z } from 'zod'
import { endWithParent, handle, serveRequests } from '../measuring/serve-requests.ts'
import { sharedNowMs } from '../measuring/shared-clock.ts'

/** An event ends with a full flush, and the HTTP chunk around it with a line break. */
const EVENT_END = Buffer.from('0000ffff0d0a', 'hex')
const HEAD_END = '\r\n\r\n'
/** Heartbeats are smaller, snapshots and deltas larger. */
const SMALLEST_VERSION_BYTES = 300
const TIMEOUT_MS = 30_000

interface Reader {
  readonly socket: Socket
  status: number
  /** Since the last `begin`. */
  bytes: number
  doneMs: number
  tail: Buffer
}

let readers: Reader[] = []
let onChange: () => void = () => undefined

function open(url: URL, known: string, instance: number): Reader {
  const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
  const reader: Reader = { socket, status: 0, bytes: 0, doneMs: 0, tail: Buffer.alloc(0) }
  socket.on('error', () => onChange())
  socket.on('close', () => onChange())
  socket.on('data', (chunk) => take(reader, chunk))
  socket.write(
    [
      'GET /v1/snapshot/stream HTTP/1.1',
      `host: ${url.host}`,
      'accept: text/event-stream',
      'accept-encoding: gzip',
      'x-winrate-deltas: 1',
      `x-winrate-instance: reader-${instance}`,
      ...(known === '' ? [] : [`last-event-id: ${known}`]),
      '\r\n',
    ].join('\r\n'),
  )
  return reader
}

function take(reader: Reader, chunk: Buffer): void {
  reader.bytes += chunk.length
  if (reader.status === 0) {
    reader.status = Number(chunk.toString('latin1', 9, 12))
    reader.bytes -= chunk.indexOf(HEAD_END) + HEAD_END.length
  }
  const end = chunk.length >= EVENT_END.length ? chunk : Buffer.concat([reader.tail, chunk])
  reader.tail = Buffer.from(end.subarray(-EVENT_END.length))
  if (!reader.tail.equals(EVENT_END)) return
  reader.doneMs = sharedNowMs()
  onChange()
}

/** Resolves when all readers are done or have failed, or when the time is up. */
function settled(some: readonly Reader[], isDone: (reader: Reader) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(late)
      onChange = () => undefined
      resolve()
    }
    const late = setTimeout(finish, TIMEOUT_MS)
    let open = 0
    onChange = () => {
      // Checking thousands of readers after each event would dominate the measurement.
      open -= 1
      if (open > 0) return
      open = some.filter((reader) => !isDone(reader) && !reader.socket.destroyed).length
      if (open === 0) finish()
    }
    onChange()
  })
}

const isOpened = ({ status, doneMs }: Reader) => status === 200 && doneMs > 0
const hasVersion = ({ bytes, doneMs }: Reader) => bytes > SMALLEST_VERSION_BYTES && doneMs > 0

const connectSchema = z.object({ url: z.url(), known: z.string().default(''), count: z.int() })

serveRequests({
  /** Opens this many readers, 200 at a time; returns the number of failures and the bytes that a reader got. */
  connect: handle(connectSchema, async ({ url, known, count }) => {
    for (let opened = 0; opened < count; opened += 200) {
      const some = Array.from({ length: Math.min(200, count - opened) }, (_, at) =>
        open(new URL(url), known, opened + at),
      )
      readers.push(...some)
      await settled(some, isOpened)
    }
    const failed = readers.filter((reader) => !isOpened(reader)).length
    return { failed, bytes: readers[0]?.bytes ?? 0 }
  }),
  /** Opens this many readers at once, without a known version; returns failures and milliseconds to the last. */
  storm: handle(connectSchema, async ({ url, count }) => {
    const beganMs = sharedNowMs()
    const all = Array.from({ length: count }, (_, at) => open(new URL(url), '', 100_000 + at))
    const isServed = (reader: Reader) => isOpened(reader) && hasVersion(reader)
    await settled(all, isServed)
    const failed = all.filter((reader) => !isServed(reader)).length
    const lastMs = Math.max(...all.map(({ doneMs }) => doneMs)) - beganMs
    for (const { socket } of all) socket.destroy()
    return { failed, lastMs }
  }),
  begin() {
    for (const reader of readers) {
      reader.bytes = 0
      reader.doneMs = 0
    }
  },
  /** Returns the number of late readers, the bytes that a reader got, and when each got the whole event. */
  async received() {
    await settled(readers, hasVersion)
    const late = readers.filter((reader) => !hasVersion(reader)).length
    const receivedMs = readers.filter(hasVersion).map(({ doneMs }) => doneMs)
    return { late, bytes: readers[0]?.bytes ?? 0, receivedMs }
  },
  disconnect() {
    for (const { socket } of readers) socket.destroy()
    readers = []
  },
})
endWithParent()
