import { createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createLogger } from '../observability/create-logger.ts'
import { createListenService } from './listen-service.ts'

const AUTHENTICATION_OK = Buffer.from([82, 0, 0, 0, 8, 0, 0, 0, 0])
const READY_FOR_QUERY = Buffer.from([90, 0, 0, 0, 5, 73])

function startServer(
  serve: (socket: Socket) => void,
): Promise<{ port: number; close: () => void }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    serve(socket)
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : 0,
        close() {
          for (const socket of sockets) socket.destroy()
          server.close()
        },
      })
    })
  })
}

function listenTo(port: number, crashes: unknown[]) {
  return createListenService({
    connectionString: `postgres://agent:word@127.0.0.1:${port}/any`,
    channel: 'any',
    onNotification: () => {},
    onCrash: (error) => crashes.push(error),
    logger: createLogger('silent'),
  })
}

// A rejection that nobody handles fails the run: it would end the worker.
test('a connection that is lost while it begins to listen is replaced', async () => {
  let hangUps = 0
  let onSecond = () => {}
  const second = new Promise<void>((resolve) => {
    onSecond = resolve
  })
  // Lets everybody in and hangs up at the first query.
  const server = await startServer((socket) => {
    socket.once('data', () => {
      socket.write(Buffer.concat([AUTHENTICATION_OK, READY_FOR_QUERY]))
      socket.once('data', () => {
        socket.destroy()
        hangUps += 1
        if (hangUps === 2) onSecond()
      })
    })
  })
  onTestFinished(server.close)
  const crashes: unknown[] = []
  const service = listenTo(server.port, crashes)
  await service.start()
  await second
  await service.stop()

  expect(crashes).toEqual([])
})

test('stopping does not wait for a server that has not answered yet', async () => {
  let onConnected = () => {}
  const connected = new Promise<void>((resolve) => {
    onConnected = resolve
  })
  const server = await startServer((socket) => {
    socket.once('data', onConnected)
  })
  onTestFinished(server.close)
  const crashes: unknown[] = []
  const service = listenTo(server.port, crashes)
  await service.start()
  await connected
  await service.stop()

  expect(crashes).toEqual([])
})
