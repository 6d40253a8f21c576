// The connections of the HTTP server. Guarantees, over all connections together:
// - a connection has one request at work; those that it pipelines wait, parsed or not, for the answers before them;
// - a turn of the event loop parses and begins no more than its share of requests;
// - bytes that were read and cannot be parsed yet are bounded, and so are connections. Beyond a limit, the oldest
//   connection that holds much, or that has nothing at work, goes first.
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import { endWithError, overloaded } from './http-error.ts'
import type { Turns } from './turns.ts'

export interface ConnectionLimits {
  readonly maxConnections: number
  /** Bytes of all connections that were read and cannot be parsed yet. */
  readonly maxHeldBytes: number
}

/** Holds the smallest requests that Node takes 157 times: it parses what it is given in one go. */
const SLICE_BYTES = 4_096

/** A server that hands requests to `handle` one by one for each connection. */
export function createPacedServer(
  handle: RequestListener,
  options: ServerOptions,
  limits: ConnectionLimits,
  turns: Turns,
): Server {
  const connections = new Connections(limits, turns, handle)
  const server = createServer(options, (request, response) =>
    connections.of(request.socket)?.take(request, response),
  )
  return server.on('connection', (socket) => connections.add(socket))
}

class Connections {
  readonly turns: Turns
  readonly handle: RequestListener
  readonly #limits: ConnectionLimits
  readonly #all = new Map<Socket, Connection>()
  /** Those without a request at work, the one that has been so for longest first. */
  readonly #spare = new Set<Connection>()
  /** Those that hold more than a slice, oldest first. */
  readonly #heavy = new Set<Connection>()
  #heldBytes = 0

  constructor(limits: ConnectionLimits, turns: Turns, handle: RequestListener) {
    this.#limits = limits
    this.turns = turns
    this.handle = handle
  }

  of(socket: Socket): Connection | undefined {
    return this.#all.get(socket)
  }

  add(socket: Socket): void {
    if (this.#all.size >= this.#limits.maxConnections) this.#makeRoom()
    if (this.#all.size >= this.#limits.maxConnections) {
      socket.destroy()
      return
    }
    const connection = new Connection(socket, this)
    this.#all.set(socket, connection)
    this.#spare.add(connection)
    socket.on('close', () => this.#remove(connection))
  }

  /** Notes whether a connection has a request at work. */
  noteWork(connection: Connection, isAtWork: boolean): void {
    if (isAtWork) this.#spare.delete(connection)
    else if (!connection.socket.destroyed) this.#spare.add(connection)
  }

  /** Notes how much a connection holds, and cuts the oldest of those that hold much while it is too much in all. */
  noteHeld(connection: Connection, before: number, now: number): void {
    this.#heldBytes += now - before
    if (now <= SLICE_BYTES) this.#heavy.delete(connection)
    else this.#heavy.add(connection)
    for (const heavy of this.#heavy) {
      if (this.#heldBytes <= this.#limits.maxHeldBytes) break
      this.#cut(heavy)
    }
  }

  #makeRoom(): void {
    const [oldest] = this.#spare
    if (oldest === undefined) return
    this.#remove(oldest)
    oldest.socket.destroy()
  }

  #cut(connection: Connection): void {
    this.#remove(connection)
    connection.cut()
  }

  #remove(connection: Connection): void {
    this.#all.delete(connection.socket)
    this.#spare.delete(connection)
    this.#heavy.delete(connection)
    this.#heldBytes -= connection.release()
  }
}

class Connection {
  readonly socket: Socket
  readonly #connections: Connections
  readonly #parse: (chunk: Buffer) => void
  readonly #goOn = () => this.#next()
  #waiting: [IncomingMessage, ServerResponse][] = []
  #atWork: ServerResponse | undefined
  #heldBytes = 0
  /** Whether reading goes on when Node says so: its output is full, or nobody reads a body. */
  #isPausedByNode = false
  #isCut = false
  // A paused stream reads on until its buffer is full; Node's own listener to this event stops it.
  readonly #stopReading = () => {
    if (this.socket.isPaused()) this.socket.emit('pause')
  }

  constructor(socket: Socket, connections: Connections) {
    this.socket = socket
    this.#connections = connections
    this.#parse = takeParser(socket, (chunk) => this.#read(chunk))
  }

  /** Takes a request that was parsed. */
  take(request: IncomingMessage, response: ServerResponse): void {
    this.#connections.turns.spend(1)
    this.#waiting.push([request, response])
    if (this.#waiting.length === 1 && this.#atWork === undefined) this.#next()
  }

  /** Ends the connection: with an answer where none has begun. */
  cut(): void {
    this.#isCut = true
    endWithError(this.socket, overloaded('Too much has arrived here at once.'))
  }

  /** Forgets what waits; returns how many bytes were held. */
  release(): number {
    const held = this.#heldBytes
    this.#heldBytes = 0
    this.#waiting = []
    return held
  }

  #read(chunk: Buffer): void {
    if (this.#isCut) return
    const { turns } = this.#connections
    this.#isPausedByNode = false
    let at = 0
    while (at < chunk.length && this.#waiting.length === 0 && turns.hasShare()) {
      turns.spend(1)
      this.#parse(chunk.subarray(at, at + SLICE_BYTES))
      at += SLICE_BYTES
      if (this.socket.destroyed || this.socket.readableEnded) return
      this.#isPausedByNode = this.socket.isPaused()
      if (this.#isPausedByNode) break
    }
    this.#hold(chunk.subarray(at))
  }

  #hold(rest: Buffer): void {
    const before = this.#heldBytes
    this.#heldBytes = rest.length
    if (rest.length > 0) {
      this.socket.pause()
      this.socket.unshift(rest)
      setImmediate(this.#stopReading)
      if (!this.#isPausedByNode && this.#waiting.length === 0) {
        this.#connections.turns.defer(this.#goOn)
      }
    }
    if (before !== rest.length) this.#connections.noteHeld(this, before, rest.length)
  }

  /** Reads on, or begins the next request. */
  #next(): void {
    if (!this.socket.writable) return
    const [next] = this.#waiting
    if (next === undefined) {
      if (this.#heldBytes > 0 && !this.#isPausedByNode) this.socket.resume()
      return
    }
    if (this.#atWork !== undefined) return
    const { turns } = this.#connections
    if (!turns.hasShare()) {
      turns.defer(this.#goOn)
      return
    }
    this.#waiting.shift()
    this.#begin(...next)
  }

  #begin(request: IncomingMessage, response: ServerResponse): void {
    this.#atWork = response
    this.#connections.turns.spend(1)
    this.#connections.noteWork(this, true)
    response.on('close', () => {
      this.#atWork = undefined
      this.#connections.noteWork(this, false)
      this.#next()
    })
    this.#connections.handle(request, response)
  }
}

/**
 * Takes the parser off a new connection, and hands what arrives to `read`. Node gives its parser whole reads, and
 * that emits every request in them at once: `read` may give it slices, and the rest later.
 */
function takeParser(socket: Socket, read: (chunk: Buffer) => void): (chunk: Buffer) => void {
  const parsers = socket.listeners('data')
  // Node's listeners to these stop and start reading from the system; it removes them together with its parser.
  const pausers = socket.listeners('pause')
  const resumers = socket.listeners('resume')
  socket.removeAllListeners('data')
  socket.on('data', read)
  socket.removeAllListeners('pause').removeAllListeners('resume')
  for (const listener of pausers) socket.on('pause', () => listener.call(socket))
  for (const listener of resumers) socket.on('resume', () => listener.call(socket))
  return (chunk) => {
    for (const parse of parsers) parse.call(socket, chunk)
  }
}
