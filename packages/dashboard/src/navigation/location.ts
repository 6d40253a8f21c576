// Where the reader is, all of it in the hash: `#/task-types/coding?hours=24`. A server never sees it, so the page works at
// any address, and a copied link shows the same.
import { useCallback, useMemo, useSyncExternalStore } from 'react'

export interface Place {
  readonly segments: readonly string[]
  readonly query: URLSearchParams
}

export function parsePlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#/, '').split(/\?(.*)/s)
  const segments = path.split('/').filter((segment) => segment !== '')
  return { segments: segments.map(decoded), query: new URLSearchParams(query) }
}

/** A link to a page; segments may hold anything, slashes too. */
export function hashOf(
  segments: readonly string[],
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, value)
  }
  const text = parameters.toString()
  return `#/${segments.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`
}

export function usePlace(): Place {
  const hash = useSyncExternalStore(subscribe, () => location.hash)
  return useMemo(() => parsePlace(hash), [hash])
}

/** One value of the hash's query, and how to set it; what equals the default is left out. */
export function useQueryValue(name: string, byDefault = ''): [string, (value: string) => void] {
  const { query } = usePlace()
  const set = useCallback(
    (value: string) => {
      const { segments, query: now } = parsePlace(location.hash)
      const all = Object.fromEntries(now)
      const next = { ...all, [name]: value === byDefault ? undefined : value }
      history.replaceState(null, '', hashOf(segments, next))
      dispatchEvent(new HashChangeEvent('hashchange'))
    },
    [name, byDefault],
  )
  return [query.get(name) ?? byDefault, set]
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
