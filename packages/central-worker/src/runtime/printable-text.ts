// Text that any client may have chosen goes to a terminal: characters that would steer it, or reorder or hide the
// text around them, are shown as JSON escapes them. So a model's name cannot rewrite an operator's screen, and JSON
// stays the same JSON.

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
