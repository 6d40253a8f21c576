// Many texts and message lists, so that no figure depends on a single one.

/** A power of two. */
const KINDS = 512

export const texts = Array.from({ length: KINDS }, (_, at) =>
  `Write a parser for the grammar of ticket ${at}, with tests, and explain its errors. `.repeat(3),
)

/** Two to four messages each. */
export const messageLists = texts.map((text, at) =>
  [
    { role: 'system', content: 'You are an engineer who writes short, correct code.' },
    { role: 'user', content: text },
    { role: 'assistant', content: `Ticket ${at} says nothing of comments: are they part of it?` },
    { role: 'user', content: 'They are.' },
  ].slice(0, 2 + (at % 3)),
)

/** Returns the values one after another, repeating for ever. */
export function inTurn<T>(values: readonly T[]): () => T {
  let at = 0
  const last = values.length - 1
  const [first] = values
  if (first === undefined || (values.length & last) !== 0)
    throw new Error('the number of values must be a power of two')
  return () => {
    at = (at + 1) & last
    return values[at] ?? first
  }
}
