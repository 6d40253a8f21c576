import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isSealed, sealedHash, sealText } from './sealed-text.ts'

it('a sealed text carries the SHA-256 of itself with an empty hash', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (content) => {
      const open = `{"hash":"","text":${JSON.stringify(content)}}`
      const hash = createHash('sha256').update(open).digest('hex')
      const sealed = sealText(open)
      expect(sealed).toBe(open.replace('"hash":""', `"hash":"${hash}"`))
      expect(sealedHash(sealed)).toBe(hash)
      expect(isSealed(sealed, hash)).toBe(true)
      expect(isSealed(`${sealed} `, hash)).toBe(false)
      expect(
        isSealed(
          sealed,
          hash.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
        ),
      ).toBe(false)
    }),
  )
})
