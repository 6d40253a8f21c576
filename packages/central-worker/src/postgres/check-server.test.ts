import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { checkServer } from './check-server.ts'

const SILENCE_MS = 100
const AT_ONCE = 30

/** Connections to a server that is there and answers nothing, or what it is told to. */
async function connectTimes(
  times: number,
  serve: (socket: Socket, stop: () => void) => void = () => {},
): Promise<Socket[]> {
  const server = createServer((socket) => {
    socket.resume().on('error', () => {})
    serve(socket, () => server.close())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const sockets = Array.from({ length: times }, () => connect(port, '127.0.0.1'))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return sockets
}

/** Counts the connections that this process begins from now on. */
function countConnections(): () => number {
  let begun = 0
  const count = () => {
    begun += 1
  }
  subscribe('net.client.socket', count)
  onTestFinished(() => {
    unsubscribe('net.client.socket', count)
  })
  return () => begun
}

test('many that wait for a slow server ask together whether it is there', async () => {
  const sockets = await connectTimes(AT_ONCE)
  const asked = countConnections()
  for (const socket of sockets) {
    checkServer(socket, SILENCE_MS)
    socket.write('select')
  }
  await expect.poll(asked, { timeout: 30_000 }).toBeGreaterThan(0)
  expect(asked()).toBeLessThan(AT_ONCE / 2)
  expect(sockets.filter(({ destroyed }) => destroyed)).toEqual([])
})

test('where this machine cannot ask, a connection goes on', async () => {
  const [socket] = await connectTimes(1)
  // An address that takes the name of an interface, which sockets do not tell.
  Object.defineProperty(socket, 'remoteAddress', { value: 'fe80::1' })
  const asked = countConnections()
  if (socket !== undefined) checkServer(socket, SILENCE_MS)
  socket?.write('select')
  await expect.poll(asked, { timeout: 30_000 }).toBeGreaterThan(1)
  expect(socket?.destroyed).toBe(false)
})

test('what is sent within an answer to the one before is seen to get none', async () => {
  const [socket] = await connectTimes(1, (there, stop) => {
    there.once('data', () => {
      there.write('answer')
      // It keeps its connections, and takes no others.
      stop()
    })
  })
  if (socket === undefined) throw new Error('there is no connection')
  // As the driver does where another statement waits for the connection.
  socket.once('data', () => socket.write('next'))
  const errors: Error[] = []
  socket.on('error', (error) => errors.push(error))
  checkServer(socket, SILENCE_MS)
  socket.write('select')
  await expect.poll(() => errors, { timeout: 30_000 }).toMatchObject([{ code: 'ETIMEDOUT' }])
})
