import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type BatchContents, halveContents, OpenContents } from './batch-contents.ts'
import type { Delivery } from './delivery.ts'

const ignore = (): void => undefined

function aDelivery(): Delivery {
  return { began: ignore, sent: ignore, uncertain: ignore, returned: ignore, lost: ignore }
}

function contentsOf(texts: readonly string[]): BatchContents {
  const open = new OpenContents()
  for (const text of texts) open.add(text, Buffer.byteLength(text), aDelivery())
  return open.close()
}

test('halves hold the same outcomes in the same order, each with its own delivery', () => {
  // Commas, and characters of several bytes, are part of the texts.
  const text = fc.array(fc.constantFrom('x', ',', 'é', '\ud83d\ude00', '"')).map((parts) => {
    return JSON.stringify({ feedback_text: parts.join('') })
  })
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 9 }), (texts) => {
      const whole = contentsOf(texts)
      const [first, second] = halveContents(whole)
      expect(first.outcomes - second.outcomes).toBe(texts.length % 2)
      const halves = [first, second]
      expect(halves.flatMap((half) => JSON.parse(`[${half.text}]`))).toEqual(
        JSON.parse(`[${texts.join(',')}]`),
      )
      const deliveries = halves.flatMap((half) => half.deliveries)
      expect(deliveries.map((delivery) => whole.deliveries.indexOf(delivery))).toEqual([
        ...texts.keys(),
      ])
      expect(first.bytes + second.bytes).toBe(whole.bytes)
      // A half can be halved again.
      expect(halveContents(first)[0].text).toBe(
        texts.slice(0, Math.ceil(first.outcomes / 2)).join(','),
      )
    }),
  )
})
