import type { Spread } from './spread.ts'

/** Rows of text under a header, the first column left-aligned and the others right-aligned. */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  return `${alignColumns([header, ...rows])}\n`
}

/** Columns side by side, the first left-aligned and the others right-aligned. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length)
  }
  const align = (cell: string, at: number) =>
    at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)
  return rows.map((row) => row.map(align).join('  ').trimEnd()).join('\n')
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
