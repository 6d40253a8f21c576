// What a part of a page shows while it has nothing else to show.
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ApiError } from '../api/request.ts'

/** Shows an answer once there is one; before that, that it is on its way or what is wrong. */
export function Answer<Body>({
  query,
  children,
}: {
  readonly query: Pick<UseQueryResult<Body>, 'data' | 'error'>
  readonly children: (body: Body) => ReactNode
}) {
  if (query.data !== undefined) return children(query.data)
  if (query.error !== null) return <Problem error={query.error} />
  return <Loading />
}

function Loading() {
  return (
    <div className="space-y-2 p-4" role="status" aria-label="Loading">
      <div className="h-3 w-2/5 rounded bg-sunken" />
      <div className="h-3 w-4/5 rounded bg-sunken" />
      <div className="h-3 w-3/5 rounded bg-sunken" />
    </div>
  )
}

export function Problem({ error }: { readonly error: Error }) {
  const isMissing = error instanceof ApiError && error.status === 404
  return (
    <p role="status" className="p-4 text-muted">
      {isMissing ? 'This worker is older than its page: it has no such numbers.' : error.message}
    </p>
  )
}

/** Says that there is nothing, and what would change that. */
export function Empty({
  title,
  children,
}: {
  readonly title: string
  readonly children?: ReactNode
}) {
  return (
    <div className="px-4 py-8 text-center">
      <p className="font-medium">{title}</p>
      {children !== undefined && <p className="mx-auto mt-1 max-w-lg text-muted">{children}</p>}
    </div>
  )
}
