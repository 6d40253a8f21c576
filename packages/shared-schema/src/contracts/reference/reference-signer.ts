// Signatures of references, so that one that comes back from a browser is known to be unchanged: HMAC-SHA-256, of which the
// first 128 bits follow the text.
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { SIGNATURE_CHARS } from './reference.ts'

export type ReferenceSigner = ReturnType<typeof createReferenceSigner>

/** Fewer are found by trying: whoever has a reference can try without asking anybody. */
export const LEAST_SECRET_CHARS = 32
const SIGNATURE_BYTES = 16

/** @param secrets The first one signs; what any of them has signed is known, so that secrets can be replaced one by one. */
export function createReferenceSigner(secrets: readonly string[]) {
  const keys = secrets.map((secret) => createSecretKey(secret, 'utf8'))
  const [signing] = keys
  const signatureBy = (key: (typeof keys)[number], text: string) =>
    createHmac('sha256', key)
      .update(text)
      .digest()
      .subarray(0, SIGNATURE_BYTES)
      .toString('base64url')
  return {
    sign(reference: string): string {
      if (reference === '' || signing === undefined) return reference
      return `${reference}~${signatureBy(signing, reference)}`
    },
    /** Takes the same time whatever of a signature is right. */
    isSigned(reference: string): boolean {
      const text = reference.slice(0, -SIGNATURE_CHARS)
      const given = Buffer.from(reference.slice(-SIGNATURE_CHARS))
      let isSigned = false
      for (const key of keys) {
        // As texts: of two that differ in spare bits one is right.
        const right = Buffer.from(`~${signatureBy(key, text)}`)
        if (given.length === right.length && timingSafeEqual(right, given)) isSigned = true
      }
      return isSigned
    },
  }
}
