import { get, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { pipeline } from 'node:stream'
import { constants, createGunzip } from 'node:zlib'

export interface ReceivedEvent {
  readonly id: string | undefined
  readonly event: string
  readonly data: string
}

export interface StreamClient {
  readonly response: IncomingMessage
  /** All events so far. */
  readonly events: readonly ReceivedEvent[]
  /** Reads on; a client that was opened as `paused` reads nothing before. */
  resume(): void
  /** The first event that passes, past or to come; rejects when the stream is over without it. */
  next(passes: (event: ReceivedEvent) => boolean): Promise<ReceivedEvent>
  /** `ended` after a regular end, `cut` when the connection broke. */
  readonly over: Promise<'ended' | 'cut'>
  destroy(): void
}

/** Opens an event stream and collects what comes, unpacked where it is compressed. */
export function openStreamClient(
  url: string,
  options: { headers?: OutgoingHttpHeaders; paused?: boolean } = {},
): Promise<StreamClient> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, headers: options.headers ?? {} }, (response) => {
      const client = createStreamClient(response, () => request.destroy())
      if (options.paused !== true) client.resume()
      resolve(client)
    })
    request.on('error', reject)
  })
}

function createStreamClient(response: IncomingMessage, destroy: () => void): StreamClient {
  const events: ReceivedEvent[] = []
  const watchers = new Set<() => void>()
  let pending: string[] = []
  let isOver = false
  const tell = () => {
    for (const watcher of watchers) watcher()
  }
  const body = unzipped(response)
  const over = new Promise<'ended' | 'cut'>((resolve) => {
    body.on('error', () => {})
    body.on('close', () => {
      isOver = true
      tell()
      resolve(response.complete ? 'ended' : 'cut')
    })
  })
  // Looks for the end of an event in new text only: snapshots may be long.
  const take = (chunk: string) => {
    const mayEnd = `${pending.at(-1)?.slice(-1) ?? ''}${chunk}`.includes('\n\n')
    pending.push(chunk)
    if (!mayEnd) return
    const blocks = pending.join('').split('\n\n')
    pending = [blocks.pop() ?? '']
    events.push(...blocks.map(parseEvent))
    tell()
  }
  const next = (passes: (event: ReceivedEvent) => boolean) =>
    new Promise<ReceivedEvent>((resolve, reject) => {
      const look = () => {
        const found = events.find(passes)
        if (found === undefined && !isOver) return
        watchers.delete(look)
        if (found !== undefined) resolve(found)
        else reject(new Error('the stream is over'))
      }
      watchers.add(look)
      look()
    })
  const resume = () => body.setEncoding('utf8').on('data', take)
  return { response, events, resume, next, over, destroy }
}

function unzipped(response: IncomingMessage) {
  if (response.headers['content-encoding'] !== 'gzip') return response
  const unzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH })
  return pipeline(response, unzip, () => {})
}

function parseEvent(block: string): ReceivedEvent {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    const at = line.indexOf(': ')
    fields.set(line.slice(0, at), line.slice(at + 2))
  }
  return { id: fields.get('id'), event: fields.get('event') ?? '', data: fields.get('data') ?? '' }
}
