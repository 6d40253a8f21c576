import type { Socket } from 'node:net'

const ignore = (): void => undefined

/**
 * Makes sure that a socket neither holds the process nor ends it. Whoever uses the socket hears of its errors, but
 * some come while nobody does, for example between the end of an answer and the next request. Without a listener
 * they would be uncaught.
 */
export function toBackground<S extends Socket>(socket: S): S {
  // An agent of a caller may bring any stream.
  const unref = (): void => {
    if (typeof socket.unref === 'function') socket.unref()
  }
  // An agent refs a socket again when it is reused.
  unref()
  if (socket.listeners('error').includes(ignore)) return socket
  // A name with several addresses gets a new handle for each attempt.
  return socket.on('error', ignore).on('connectionAttempt', unref).on('connect', unref)
}
