// Text that carries the SHA-256 of itself: JSON with an empty `hash` near its beginning, filled in.
import { createHash } from 'node:crypto'
import type { Steps } from './steps.ts'

const hashField = /"hash":"([0-9a-f]{64})"/
const OPEN_FIELD = '"hash":""'

/** What one step hashes: less than a tenth of a millisecond. */
const CHARS_PER_STEP = 16_384

/** A text that is written part by part and then sealed. The first `"hash":""` in it is its own. */
export interface OpenText {
  add(part: string): void
  /** The whole text, with its hash filled in. */
  seal(): string
}

export function createOpenText(): OpenText {
  const parts: string[] = []
  const sum = createHash('sha256')
  return {
    add(part) {
      parts.push(part)
      sum.update(part)
    },
    seal: () => parts.join('').replace(OPEN_FIELD, `"hash":"${sum.digest('hex')}"`),
  }
}

/** Fills in the hash of a text that has `"hash":""`. */
export function sealText(open: string): string {
  const text = createOpenText()
  text.add(open)
  return text.seal()
}

/** Whether the text is what `hash` was made of. */
export function* isSealedInSteps(text: string, hash: string): Steps<boolean> {
  const sum = createHash('sha256')
  const field = hashField.exec(text)
  let at = 0
  if (field !== null) {
    sum.update(text.slice(0, field.index)).update(OPEN_FIELD)
    at = field.index + field[0].length
  }
  while (at < text.length) {
    const end = wholeCharacter(text, at + CHARS_PER_STEP)
    sum.update(text.slice(at, end))
    at = end
    yield
  }
  return sum.digest('hex') === hash
}

/** The same place, or the one before where that would be within a character of two code units. */
function wholeCharacter(text: string, at: number): number {
  const before = text.charCodeAt(at - 1)
  return before >= 0xd800 && before < 0xdc00 ? at - 1 : at
}
