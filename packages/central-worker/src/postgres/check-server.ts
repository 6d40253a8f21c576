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
  // Before the driver, which may send the next statement as it reads the end of an answer.
  socket.prependListener('data', () => {
    answered = socket.bytesWritten
  })
  const timer = setInterval(async () => {
    const isSilent = readBefore === socket.bytesRead
    readBefore = socket.bytesWritten > answered ? socket.bytesRead : undefined
    if (readBefore === undefined || !isSilent || isAsking) return
    const asked = socket.bytesRead
    isAsking = true
    const answers = await isThere(host, port, silenceMs)
    isAsking = false
    if (answers || asked !== socket.bytesRead) return
    const message = `the server at ${host}:${port} has vanished`
    socket.destroy(Object.assign(new Error(message), { code: 'ETIMEDOUT' }))
  }, silenceMs / 2)
  timer.unref()
  socket.once('close', () => clearInterval(timer))
}

/** What was asked lately, by server: of many connections that wait for it together, one asks. */
const questions = new Map<string, Promise<boolean>>()

function isThere(host: string, port: number, silenceMs: number): Promise<boolean> {
  const server = `${host} ${port}`
  const known = questions.get(server)
  if (known !== undefined) return known
  const question = accepts(host, port, silenceMs)
  questions.set(server, question)
  setTimeout(() => questions.delete(server), silenceMs / 2).unref()
  return question
}

/** What an attempt to connect says of the server. All else is trouble of this machine, such as a lack of descriptors. */
const GONE = ['ECONNREFUSED', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ETIMEDOUT']

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
      .once('error', ({ code = '' }: NodeJS.ErrnoException) => end(!GONE.includes(code)))
  })
}
