const REPLACEMENT = '\uFFFD'

/**
 * Text that Postgres' jsonb can hold: a NUL and each lone half of a surrogate pair become U+FFFD. Cut to
 * `maxChars` UTF-16 units, never through a pair.
 */
export function toSafeText(text: string, maxChars = Number.POSITIVE_INFINITY): string {
  const clipped = text.length > maxChars ? clip(text, maxChars) : text
  // Without the u flag \p{Surrogate} would also match the halves of whole pairs.
  return clipped.replace(/\0|\p{Surrogate}/gu, REPLACEMENT)
}

function clip(text: string, maxChars: number): string {
  const last = text.charCodeAt(maxChars - 1)
  const splitsPair = last >= 0xd800 && last <= 0xdbff
  return text.slice(0, splitsPair ? maxChars - 1 : maxChars)
}
