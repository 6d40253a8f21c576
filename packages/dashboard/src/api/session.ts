// The token that this page sends. In memory, and in sessionStorage only where the reader asks for it. Never in a cookie:
// no other site can use it.
import { useSyncExternalStore } from 'react'

const KEY = 'winrate-token'
let token = stored()
const listeners = new Set<() => void>()

export function setToken(next: string | undefined, { keep }: { readonly keep: boolean }): void {
  token = next
  try {
    if (next !== undefined && keep) sessionStorage.setItem(KEY, next)
    else sessionStorage.removeItem(KEY)
  } catch {
    // Storage is switched off: the token lives as long as the page.
  }
  for (const listener of listeners) listener()
}

export function useToken(): string | undefined {
  return useSyncExternalStore(subscribe, () => token)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function stored(): string | undefined {
  try {
    return sessionStorage.getItem(KEY) ?? undefined
  } catch {
    return undefined
  }
}
