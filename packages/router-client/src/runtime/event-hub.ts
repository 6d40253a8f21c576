import { describeCause } from './describe-error.ts'
import type { Logger } from './logger.ts'

/** What `E` names is what its listeners get. A listener that throws or rejects harms nobody else. */
export interface EventHub<E> {
  on<N extends keyof E & string>(name: N, listener: (event: E[N]) => void): () => void
  emit<N extends keyof E & string>(name: N, event: E[N]): void
}

export function createEventHub<E>(logger: Logger): EventHub<E> {
  type Listeners = { [N in keyof E]?: Set<(event: E[N]) => void> }
  // Without a prototype, so that no event is called like one of its fields.
  const listeners: Listeners = Object.create(null)
  return {
    on(name, listener) {
      const registered = listeners[name] ?? new Set()
      listeners[name] = registered
      // A wrapper of its own, so that registering one function twice takes two removals.
      const own = (event: E[typeof name]) => listener(event)
      registered.add(own)
      return () => {
        registered.delete(own)
      }
    },
    emit(name, event) {
      for (const listener of [...(listeners[name] ?? [])]) {
        try {
          const result: unknown = listener(event)
          if (result instanceof Promise) result.catch((cause) => complain(name, cause))
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
