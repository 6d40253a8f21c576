// What each instance did of one cell in each block of the clock: a ring in which the block that begins takes the place of
// the one that is a week older. Sums are whole numbers, which 32 bits hold exactly.
import { BLOCKS, begunHours, blockOf, shareBefore } from './window-spans.ts'

/** An instance's samples and successes, block by block. */
const ROW = 2 * BLOCKS

/** What ages are counted from. All cells of a window share it. */
export interface WindowClock {
  /** The present hour. */
  now: number
  /** Blocks that lie in the window. */
  blocks: number
}

/** By block, the newest first: `BLOCKS` numbers for each instance. */
export interface BlockCounts {
  readonly blockSamples: Float64Array
  readonly blockSuccesses: Float64Array
  /** Hours of the newest block that have begun. */
  readonly begunHours: number
}

export class BlockSums {
  readonly #clock: WindowClock
  #sums = new Float32Array(2 * ROW)

  constructor(clock: WindowClock) {
    this.#clock = clock
  }

  /** Whether an hour's outcomes are in a block: it has begun, and its block is not a week old. */
  has(hour: number): boolean {
    const { now } = this.#clock
    return hour <= now && blockOf(now) - blockOf(hour) < BLOCKS
  }

  add(row: number, hour: number, samples: number, successes: number): void {
    const at = row * ROW + placeOf(blockOf(hour))
    this.#sums[at] = (this.#sums[at] ?? 0) + samples
    this.#sums[at + 1] = (this.#sums[at + 1] ?? 0) + successes
  }

  /** Makes room for the block that begins. */
  begin(): void {
    const sums = this.#sums
    for (let at = placeOf(blockOf(this.#clock.now)); at < sums.length; at += ROW) {
      sums.fill(0, at, at + 2)
    }
  }

  /** Makes room for so many rows. */
  grow(rows: number): void {
    const sums = new Float32Array(rows * ROW)
    sums.set(this.#sums)
    this.#sums = sums
  }

  /** Keeps these rows alone, in this order. */
  keep(rows: readonly number[]): void {
    const sums = new Float32Array(Math.max(2, rows.length) * ROW)
    for (const [to, row] of rows.entries()) {
      sums.set(this.#sums.subarray(row * ROW, (row + 1) * ROW), to * ROW)
    }
    this.#sums = sums
  }

  /** @param comparedFrom The first span that counts: see `CellSums`. */
  counts(rows: readonly number[], comparedFrom: number): BlockCounts {
    const blockSamples = new Float64Array(rows.length * BLOCKS)
    const blockSuccesses = new Float64Array(rows.length * BLOCKS)
    const { now, blocks } = this.#clock
    const begun = begunHours(now)
    for (let age = 0; age < blocks; age += 1) {
      if (shareBefore(comparedFrom, age, begun) > 0) continue
      const place = placeOf(blockOf(now) - age)
      for (const [at, row] of rows.entries()) {
        const count = Math.max(0, this.#sums[row * ROW + place] ?? 0)
        const wins = this.#sums[row * ROW + place + 1] ?? 0
        blockSamples[at * BLOCKS + age] = count
        blockSuccesses[at * BLOCKS + age] = Math.min(count, Math.max(0, wins))
      }
    }
    return { blockSamples, blockSuccesses, begunHours: begun }
  }
}

function placeOf(block: number): number {
  return 2 * (((block % BLOCKS) + BLOCKS) % BLOCKS)
}
