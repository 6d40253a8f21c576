import { connect, type Socket } from 'node:net'

/**
 * Ends a connection whose server has vanished without closing it, as when a machine loses power: what was sent is not answered
 * then, and Node would wait for it for a quarter of an hour. A statement may take long, so where an answer does not come, this
 * asks whether the server still takes connections.
 *
 * @param silenceMs The most time until it asks, and how long it waits then.
 */
export function checkServer(socket: Socket, silenceMs: number): void {
  const { remoteAddress: host, remotePort: port } = socket
  // A Unix socket leads to this machine.
  if (host === undefined || port === undefined) return
  let answered = socket.bytesWritten
  let readBefore: number | undefined
  let isAsking = false
  socket.on('data', () => {
    answered = socket.bytesWritten
  })
  const timer = setInterval(async () => {
    const isSilent = readBefore === socket.bytesRead
    readBefore = socket.bytesWritten > answered ? socket.bytesRead : undefined
    if (readBefore === undefined || !isSilent || isAsking) return
    const asked = socket.bytesRead
    isAsking = true
    const isThere = await accepts(host, port, silenceMs)
    isAsking = false
    if (isThere || asked !== socket.bytesRead) return
    const message = `the server at ${host}:${port} has vanished`
    socket.destroy(Object.assign(new Error(message), { code: 'ETIMEDOUT' }))
  }, silenceMs / 2)
  timer.unref()
  socket.once('close', () => clearInterval(timer))
}

function accepts(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ host, port, timeout: timeoutMs })
    const end = (isThere: boolean) => {
      probe.destroy()
      resolve(isThere)
    }
    probe
      .once('connect', () => end(true))
      .once('timeout', () => end(false))
      .once('error', () => end(false))
  })
}
