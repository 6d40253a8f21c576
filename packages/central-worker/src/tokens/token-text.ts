// The text of a token: `wr_ID_SECRET`. The id finds the row and is no secret. The secret is 32 random bytes, of which only
// the SHA-256 is stored: nobody can try out so many, so a hash that is slow by design would protect no better.
import { createHash, randomBytes } from 'node:crypto'

const form = /^wr_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/

export interface NewToken {
  readonly id: string
  readonly hash: Buffer
  /** What its holder sends. */
  readonly text: string
}

export function makeToken(): NewToken {
  const id = randomBytes(8).toString('hex')
  const secret = randomBytes(32).toString('base64url')
  return { id, hash: digest(secret), text: `wr_${id}_${secret}` }
}

/** What a request gives; undefined for a text that is no token of this kind. */
export function readToken(
  text: string,
): { readonly id: string; readonly hash: Buffer } | undefined {
  const [, id, secret] = form.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : { id, hash: digest(secret) }
}

/** Whether a text is meant as a token of the database, even where it is cut off. */
export function isTokenText(text: string): boolean {
  return text.startsWith('wr_')
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest()
}
