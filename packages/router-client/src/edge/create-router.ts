import { createRouter as createNodeRouter } from '../create-router.ts'
import type { RouterOptions } from '../options.ts'
import type { Router } from '../router.ts'
import type { Clock } from '../runtime/clock.ts'
import { RouterError } from '../runtime/router-error.ts'

/** Those of `createRouter` without files. */
export type EdgeRouterOptions = Omit<RouterOptions, 'cacheFile' | 'spoolFile'>

/** The timers of the Web have no `unref`: there, no timer keeps anything alive. */
const webClock: Clock = {
  now: () => Date.now(),
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, Math.max(0, delayMs))
    return { cancel: () => clearTimeout(timer) }
  },
}

/**
 * Creates a router where there are no modules of Node: it decides by a given snapshot, `staticSnapshots(text)`, and records through
 * `fetchOutcomes`. Nothing tells it that its isolate ends: pass `router.flush()` to `waitUntil` with each request.
 *
 * @throws RouterError with every mistake in the options.
 */
export function createRouter(options: EdgeRouterOptions = {}): Router {
  const files = ['cacheFile', 'spoolFile'].filter((name) => name in options)
  if (files.length > 0) {
    const problems = files.map((name) => `${name}: this runtime has no files`)
    throw new RouterError('invalid-options', problems)
  }
  return createNodeRouter({ clock: webClock, ...options })
}
