// What commands write. Text that any client may have chosen goes to a terminal: characters that would steer it,
// or reorder or hide the text around them, are shown as JSON escapes them. So a model's name cannot rewrite
// an operator's screen, and JSON stays the same JSON.

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

/** The text on one line, safe for a terminal. */
export function printable(text: string): string {
  return text.replace(STEERING, escaped)
}

/** The same for text of several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

// Control and format characters (bidirectional overrides among them), line and paragraph separators,
// halves of surrogate pairs.
const STEERING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('')
}
