import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toSafeText } from './unknown-value.ts'

test('NUL and lone surrogates are replaced, whole pairs stay', () => {
  expect(toSafeText('a\u0000b')).toBe('a\uFFFDb')
  expect(toSafeText('\ud800x\udc00')).toBe('\uFFFDx\uFFFD')
  expect(toSafeText('smile 😀')).toBe('smile 😀')
})

test('text is cut to its length without cutting through a pair', () => {
  expect(toSafeText('ab😀', 3)).toBe('ab')
  expect(toSafeText('ab😀', 4)).toBe('ab😀')
})

test('any text becomes text that survives UTF-8 and holds no NUL', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(50), (text, maxChars) => {
      const safe = toSafeText(text, maxChars)
      expect(Buffer.from(safe, 'utf8').toString('utf8')).toBe(safe)
      expect(safe).not.toContain('\0')
      expect(safe.length).toBeLessThanOrEqual(maxChars)
    }),
  )
})
