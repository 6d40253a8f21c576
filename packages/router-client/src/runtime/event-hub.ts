import type { Logger } from './logger.ts'
import { catchRejection, describeCause } from './unknown-value.ts'

/** `E` maps event names to events. A listener that throws or rejects does not affect the others. */
export function createEventHub<E>(logger: Logger) {
  type Listeners = { [N in keyof E]?: Set<(event: E[N]) => void> }
  // Without a prototype, so that no event name finds an inherited field.
  const listeners: Listeners = Object.create(null)
  return {
    /** Returns a function that removes the listener. */
    on<N extends keyof E & string>(name: N, listener: (event: E[N]) => void): () => void {
      const registered = listeners[name] ?? new Set()
      listeners[name] = registered
      // Wrapped, so that a function that is registered twice must be removed twice.
      const own = (event: E[N]) => listener(event)
      registered.add(own)
      return () => {
        registered.delete(own)
      }
    },
    emit<N extends keyof E & string>(name: N, event: E[N]): void {
      const registered = listeners[name]
      if (registered === undefined) return
      for (const listener of [...registered]) {
        try {
          catchRejection(listener(event), (cause) => complain(name, cause))
        } catch (cause) {
          complain(name, cause)
        }
      }
    },
  }

  function complain(name: string, cause: unknown): void {
    logger.error('event-listener-failed', { event: name, cause: describeCause(cause) })
  }
}
