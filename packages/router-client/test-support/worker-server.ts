// A small central-worker over node:http. A test can replace each of its answers.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { formatSnapshotVersion, parseSnapshotText } from '@winrate/shared-schema/contracts'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

export interface WorkerServer {
  readonly url: string
  /** Serves this snapshot from now on, and sends it to every open stream. */
  publish(text: string): void
  /** Replaces an answer; undefined restores the usual one. */
  onSnapshot(handler: Handler | undefined): void
  onStream(handler: Handler | undefined): void
  onOutcomes(handler: Handler): void
  /** Requests so far. */
  requests(): readonly IncomingMessage[]
  openStreams(): number
  mostStreams(): number
  /** Cuts every stream, without a goodbye. */
  cutStreams(): void
  openSockets(): number
  /** Resolves when the condition holds; checked at every request and every change of a connection. */
  until(condition: () => boolean): Promise<void>
  close(): Promise<void>
}

export async function createWorkerServer(text?: string, port = 0): Promise<WorkerServer> {
  const sockets = new Set<Socket>()
  const streams = new Set<ServerResponse>()
  const requests: IncomingMessage[] = []
  const waiting = new Set<() => void>()
  let served = text
  let mostStreams = 0
  let snapshotHandler: Handler | undefined
  let streamHandler: Handler | undefined
  let outcomesHandler: Handler = (_, response) => response.writeHead(500).end()
  const changed = () => {
    for (const look of [...waiting]) look()
  }

  const serveSnapshot: Handler = (request, response) => {
    if (served === undefined) {
      response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '0' })
      response.end(JSON.stringify({ code: 'no-snapshot', message: 'none yet' }))
      return
    }
    const etag = `"${formatSnapshotVersion(parsedOr(served))}"`
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, { etag }).end()
      return
    }
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip', etag }
    response.writeHead(200, headers).end(gzipSync(served))
  }

  const serveStream: Handler = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(served === undefined ? heartbeat() : snapshotEvent(served))
  }

  const server = createServer((request, response) => {
    requests.push(request)
    const path = request.url ?? ''
    if (path === '/v1/snapshot') (snapshotHandler ?? serveSnapshot)(request, response)
    else if (path === '/v1/snapshot/stream') {
      streams.add(response)
      mostStreams = Math.max(mostStreams, streams.size)
      response.on('close', () => {
        streams.delete(response)
        changed()
      })
      ;(streamHandler ?? serveStream)(request, response)
    } else if (path === '/v1/outcomes') outcomesHandler(request, response)
    else response.writeHead(404).end()
    changed()
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      sockets.delete(socket)
      changed()
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${address.port}`,
    publish(next) {
      served = next
      for (const stream of streams) stream.write(snapshotEvent(next))
    },
    onSnapshot: (handler) => {
      snapshotHandler = handler
    },
    onStream: (handler) => {
      streamHandler = handler
    },
    onOutcomes: (handler) => {
      outcomesHandler = handler
    },
    requests: () => requests,
    openStreams: () => streams.size,
    mostStreams: () => mostStreams,
    cutStreams() {
      for (const stream of streams) stream.destroy()
    },
    openSockets: () => sockets.size,
    until: (condition) =>
      new Promise((resolve) => {
        const look = () => {
          if (!condition()) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

export function snapshotEvent(text: string): string {
  return `id: ${formatSnapshotVersion(parsedOr(text))}\nevent: snapshot\ndata: ${text}\n\n`
}

export function heartbeat(body: object = {}): string {
  return `event: heartbeat\ndata: ${JSON.stringify(body)}\n\n`
}

function parsedOr(text: string): { epoch: string; version: number } {
  try {
    return parseSnapshotText(text)
  } catch {
    return { epoch: '00000000-0000-4000-8000-0000000000ff', version: 999 }
  }
}
