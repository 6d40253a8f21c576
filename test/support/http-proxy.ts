// Proxies as stand between an agent and a worker, for tests.
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface HttpProxy {
  readonly port: number
  /** What was asked of it: method, address and, if given, the authorization. */
  readonly asked: readonly string[]
}

/**
 * Forwards plain requests over kept connections to a server of this machine and without Accept-Encoding, and opens
 * tunnels to it. An event that ends a stream leaves in one write with the end of the answer.
 *
 * @param authorization What it wants to be told, if anything.
 */
export async function startHttpProxy(
  serverPort: number,
  authorization?: string,
): Promise<HttpProxy> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const isAllowed = ({ method, url, headers }: IncomingMessage): boolean => {
    const given = headers['proxy-authorization']
    asked.push([method, url, given].filter(Boolean).join(' '))
    return given === authorization
  }
  const server = createServer((request, response) => {
    if (isAllowed(request)) forward(request, response, serverPort)
    else response.writeHead(407).end()
  })
  server.on('connect', (request: IncomingMessage, client: Socket) => {
    client.on('error', () => undefined)
    if (!isAllowed(request)) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
      return
    }
    const upstream = connect(serverPort, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(client).pipe(upstream)
    })
    upstream.on('error', () => client.destroy())
    sockets.add(upstream)
  })
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return { port: (server.address() as AddressInfo).port, asked }
}

/** Answers with what the server of this machine answers. */
export function forward(request: IncomingMessage, response: ServerResponse, port: number): void {
  const { 'accept-encoding': _, ...headers } = request.headers
  const path = new URL(request.url ?? '', 'http://proxy').pathname
  const { method } = request
  const upstream = httpRequest({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    let last: Buffer | undefined
    answer.on('data', (chunk: Buffer) => {
      if (chunk.includes('event: goodbye')) last = chunk
      else response.write(chunk)
    })
    answer.on('end', () => response.end(last))
    answer.on('error', () => response.destroy())
  })
  upstream.on('error', () => response.destroy())
  response.on('close', () => upstream.destroy())
  request.pipe(upstream)
}
