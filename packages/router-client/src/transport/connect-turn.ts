// A pending connect keeps Node alive, and nothing can unref it. With many parts that each retry, one of
// them would always be connecting to a host that never answers, and the process would never end.
// Connects to the same host therefore take turns. After a failure the next turn starts by an unref'd
// timer, so a process that has nothing else to do ends there.

const HANDOVER_MS = 20
const lastTurns = new Map<string, Promise<void>>()

/**
 * Resolves when no other connect to `host` is pending, with a function that ends the turn; only its first call
 * counts.
 *
 * @throws the signal's reason on abort.
 */
export async function takeConnectTurn(host: string, signal: AbortSignal) {
  let finish: () => void = () => undefined
  const mine = new Promise<void>((resolve) => {
    finish = resolve
  })
  const before = lastTurns.get(host) ?? Promise.resolve()
  const last = before.then(() => mine)
  lastTurns.set(host, last)
  void last.then(() => {
    if (lastTurns.get(host) === last) lastTurns.delete(host)
  })
  await settledOrAborted(before, signal)
  if (signal.aborted) {
    finish()
    throw signal.reason
  }
  let ended = false
  return (how: 'connected' | 'failed'): void => {
    if (ended) return
    ended = true
    if (how === 'connected') finish()
    else setTimeout(finish, HANDOVER_MS).unref()
  }
}

function settledOrAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
    void promise.then(done)
    if (signal.aborted) done()
  })
}
