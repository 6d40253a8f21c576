/** How many series have a colour of their own; all further ones are grey. */
export const COLORS = 8

export function seriesColor(at: number): string {
  return at < COLORS ? `var(--series-${at + 1})` : 'var(--series-others)'
}

/** Dashes tell lines apart where colours do not. */
export function seriesDash(at: number): string | undefined {
  return [undefined, '6 3', '2 2', '8 3 2 3', '1 3', '10 4', '4 1', '3 5'][at % 8]
}

export function SeriesMark({
  at,
  dashed = false,
}: {
  readonly at: number
  readonly dashed?: boolean
}) {
  return (
    <svg className="mr-1.5 inline-block align-baseline" width="14" height="8" aria-hidden="true">
      {dashed ? (
        <line
          x1="0"
          x2="14"
          y1="4"
          y2="4"
          stroke={seriesColor(at)}
          strokeWidth="2.5"
          strokeDasharray={seriesDash(at)}
        />
      ) : (
        <rect width="14" height="8" rx="1.5" fill={seriesColor(at)} />
      )}
    </svg>
  )
}
