import type { Spread } from './spread.ts'

/** Rows of text under a header, the first column to the left and the others to the right. */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = header.map((name, at) =>
    Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)),
  )
  const line = (row: readonly string[]) =>
    header
      .map((_, at) => {
        const text = row[at] ?? ''
        const width = widths[at] ?? 0
        return at === 0 ? text.padEnd(width) : text.padStart(width)
      })
      .join('  ')
      .trimEnd()
  return `${[header, ...rows].map(line).join('\n')}\n`
}

/** `12,345 (11,000-13,000)`. */
export function spreadText({ median, least, most }: Spread, decimals = 0): string {
  const text = (value: number) =>
    value.toLocaleString('en-US', {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    })
  return `${text(median)} (${text(least)}-${text(most)})`
}
