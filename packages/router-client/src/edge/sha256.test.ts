import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as web from './node-modules.ts'

test('hashes as Node does, whatever the text and however it comes in parts', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 200 })), (parts) => {
      const [own, nodes] = [web.createHash('sha256'), createHash('sha256')]
      for (const part of parts) {
        own.update(part)
        nodes.update(part)
      }
      expect(own.digest('hex')).toBe(nodes.digest('hex'))
    }),
  )
})

test.each([0, 55, 56, 63, 64, 65, 119, 120, 1_000_003])(
  'hashes %i bytes as Node does',
  (length) => {
    const text = 'a'.repeat(length)
    expect(web.hash('sha256', text, 'hex')).toBe(createHash('sha256').update(text).digest('hex'))
  },
)

test('signs as Node does, with a short and with a long secret', () => {
  for (const secret of ['short', 'ä'.repeat(100)]) {
    const own = web.createHmac('sha256', web.createSecretKey(secret)).update('text').digest()
    const nodes = createHmac('sha256', secret).update('text').digest()
    expect(own.subarray(0, 16).toString('base64url')).toBe(
      nodes.subarray(0, 16).toString('base64url'),
    )
    expect(own.readUInt32LE(0)).toBe(nodes.readUInt32LE(0))
  }
})

test('random bytes are as many as asked for', () => {
  expect(web.randomBytes(6).toString('hex')).toMatch(/^[0-9a-f]{12}$/)
  expect(web.randomBytes(6).toString('hex')).not.toBe(web.randomBytes(6).toString('hex'))
})
