// Written outcomes that travel in one batch, in the order of adding. They become one text as soon as no
// more fit: hundreds of short strings that wait would be copied by each garbage collection.
import type { Delivery } from './delivery.ts'

export interface BatchContents {
  readonly outcomes: number
  /** Their JSON, separated by commas. */
  readonly text: string
  /** Characters of each in the text. */
  readonly lengths: readonly number[]
  /** Of their JSON in UTF-8. */
  readonly bytes: number
  /** Who hears what becomes of each. */
  readonly deliveries: readonly (Delivery | undefined)[]
}

/** Contents that are still added to. */
export class OpenContents {
  readonly #texts: string[] = []
  readonly #deliveries: (Delivery | undefined)[] = []
  #bytes = 0

  get outcomes(): number {
    return this.#texts.length
  }

  get bytes(): number {
    return this.#bytes
  }

  add(text: string, bytes: number, delivery: Delivery | undefined): void {
    this.#texts.push(text)
    this.#deliveries.push(delivery)
    this.#bytes += bytes
  }

  /** What was added so far. */
  close(): BatchContents {
    return {
      outcomes: this.#texts.length,
      text: this.#texts.join(','),
      lengths: this.#texts.map(({ length }) => length),
      bytes: this.#bytes,
      deliveries: this.#deliveries,
    }
  }
}

/** The first half, which has one more where their number is odd, and the rest. */
export function halveContents({ outcomes, text, lengths, deliveries }: BatchContents) {
  const first = new OpenContents()
  const second = new OpenContents()
  const middle = Math.ceil(outcomes / 2)
  let start = 0
  lengths.forEach((length, at) => {
    const own = text.slice(start, start + length)
    const half = at < middle ? first : second
    half.add(own, Buffer.byteLength(own), deliveries[at])
    start += length + 1
  })
  return [first.close(), second.close()] as const
}
