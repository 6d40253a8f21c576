// What commands write, to a terminal or to another program.
import { printable, printableLines } from '../runtime/printable-text.ts'

/** Writes lines of text to the standard output. */
export function print(text: string): void {
  process.stdout.write(`${printableLines(text.trimEnd())}\n`)
}

/** Writes how far a command is to the standard error, so that what others read stays on the standard output. */
export function printProgress(text: string): void {
  process.stderr.write(`${printableLines(text)}\n`)
}

/** Lays rows of text out in columns; the first row is the header. No text leaves its cell. */
export function formatTable(texts: readonly (readonly string[])[]): string {
  const rows = texts.map((row) => row.map(printable))
  const columns = Math.max(...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, at) =>
    Math.max(...rows.map((row) => row[at]?.length ?? 0)),
  )
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
