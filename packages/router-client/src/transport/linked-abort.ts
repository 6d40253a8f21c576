/** Aborts with an outer signal, until it is unlinked. */
export interface LinkedAbort {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
  unlink(): void
}

/**
 * Replaces `AbortSignal.any([outer, own])`: in Node 20 each call of that leaks 2 kB for as long as `outer`
 * lives.
 */
export function linkAbort(outer: AbortSignal): LinkedAbort {
  const own = new AbortController()
  const follow = (): void => own.abort(outer.reason)
  if (outer.aborted) follow()
  else outer.addEventListener('abort', follow)
  return {
    signal: own.signal,
    abort: (reason) => own.abort(reason),
    unlink: () => outer.removeEventListener('abort', follow),
  }
}
