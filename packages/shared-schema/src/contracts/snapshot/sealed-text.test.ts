import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { runAtOnce } from '../../steps/run-steps.ts'
import { isSealedInSteps, sealedHash, sealText } from './sealed-text.ts'

const isSealed = (text: string, hash: string) => runAtOnce(isSealedInSteps(text, hash))

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

it('is hashed in pieces that never part the halves of a pair', () => {
  for (const before of [65_500, 65_501, 131_000, 131_001]) {
    const sealed = sealText(`{"hash":"","text":"${'x'.repeat(before)}${'\u{1f600}'.repeat(80)}"}`)
    expect(isSealed(sealed, sealedHash(sealed) ?? '')).toBe(true)
  }
})
