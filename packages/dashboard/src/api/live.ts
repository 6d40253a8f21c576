import { useSyncExternalStore } from 'react'

/** How often a page asks again, by default. */
export const REFRESH_MS = 5_000

let paused = false
const listeners = new Set<() => void>()

export function setPaused(next: boolean): void {
  paused = next
  for (const listener of listeners) listener()
}

/** Whether the reader holds the page as it is. */
export function usePaused(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => paused,
  )
}
