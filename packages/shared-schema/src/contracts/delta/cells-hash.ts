// A hash over the rows of a snapshot that follows single rows: the sum of the rows' hashes, so that an
// old row is subtracted and a new one added without reading the others. A row's hash is over the names
// it stands for and its values, not over its place. It tells of faults and divergence, not of attackers.
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { Steps } from '../snapshot/steps.ts'

/** Two sums modulo 2^32. */
export interface CellsHash {
  readonly one: number
  readonly other: number
}

type Column = readonly (number | null)[] | undefined

type Dictionary = Snapshot['tasks'] | Snapshot['models']

const dictionaryWords = new WeakMap<Dictionary, readonly number[]>()

const noCellsHash: CellsHash = { one: 0, other: 0 }

const NULL_WORD = 0x6e756c6c
const ABSENT_WORD = 0x6e6f6e65

const float = new Float64Array(1)
const words = new Uint32Array(float.buffer)
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1

/** Rows that are hashed in one step: a fraction of a millisecond, even before the code is compiled. */
export const ROWS_PER_STEP = 64

/** The hash over all rows of a snapshot. */
export function* hashCellsInSteps(snapshot: Snapshot): Steps<CellsHash> {
  const sum = createRowSum(noCellsHash)
  const rows = rowsOf(snapshot)
  for (let row = 0; row < snapshot.cells.task.length; row += 1) {
    if (row % ROWS_PER_STEP === 0) yield
    sum.add(rows, row)
  }
  return sum.hash()
}

/** The rows of a snapshot, ready to be hashed. */
export interface HashedRows {
  readonly taskWords: readonly number[]
  readonly modelWords: readonly number[]
  readonly task: readonly number[]
  readonly model: readonly number[]
  readonly columns: readonly Column[]
}

/** A hash that rows are added to and subtracted from. */
export interface RowSum {
  add(rows: HashedRows, row: number): void
  subtract(rows: HashedRows, row: number): void
  hash(): CellsHash
}

export function createRowSum(from: CellsHash): RowSum {
  let { one, other } = from
  const row = new Int32Array(2)
  return {
    add(rows, at) {
      hashRow(rows, at, row)
      one = (one + (row[0] ?? 0)) | 0
      other = (other + (row[1] ?? 0)) | 0
    },
    subtract(rows, at) {
      hashRow(rows, at, row)
      one = (one - (row[0] ?? 0)) | 0
      other = (other - (row[1] ?? 0)) | 0
    },
    hash: () => ({ one, other }),
  }
}

/** As it travels: 16 hex digits. */
export function formatCellsHash({ one, other }: CellsHash): string {
  return hex(one) + hex(other)
}

/** Prepares to hash rows; the names of a dictionary are hashed once. */
export function rowsOf({ tasks, models, cells }: Snapshot): HashedRows {
  return {
    taskWords: wordsOf(tasks),
    modelWords: wordsOf(models),
    task: cells.task,
    model: cells.model,
    columns: [
      cells.samples,
      cells.successes,
      cells.quality,
      cells.responseTimeMs,
      cells.costUsd,
      cells.evidence,
      cells.reward,
      cells.fadedEvidence,
      cells.fadedReward,
    ],
  }
}

function hashRow(rows: HashedRows, row: number, into: Int32Array): void {
  let one = rows.taskWords[rows.task[row] ?? -1] ?? 0
  let other = rows.modelWords[rows.model[row] ?? -1] ?? 0
  const { columns } = rows
  for (let at = 0; at < columns.length; at += 1) {
    const value = columns[at]?.[row]
    if (typeof value === 'number') {
      // JSON knows no -0.
      float[0] = value + 0
      one = step(one, (words[LOW] ?? 0) ^ other)
      other = step(other, (words[1 - LOW] ?? 0) ^ one)
    } else {
      one = step(one, (value === null ? NULL_WORD : ABSENT_WORD) ^ other)
      other = step(other, one)
    }
  }
  into[0] = mixed(one ^ other)
  into[1] = mixed(other + Math.imul(one, 0x27d4eb2f))
}

/** The step of MurmurHash3 for one word. */
function step(hash: number, word: number): number {
  let mixing = Math.imul(word, 0xcc9e2d51)
  mixing = Math.imul((mixing << 15) | (mixing >>> 17), 0x1b873593)
  const stepped = hash ^ mixing
  return (Math.imul((stepped << 13) | (stepped >>> 19), 5) + 0xe6546b64) | 0
}

function wordsOf(dictionary: Dictionary): readonly number[] {
  const known = dictionaryWords.get(dictionary)
  if (known !== undefined) return known
  const hashed = dictionary.map((entry) =>
    hashName(
      typeof entry === 'string'
        ? entry
        : JSON.stringify([entry.provider, entry.name, entry.thinkingLevel]),
    ),
  )
  dictionaryWords.set(dictionary, hashed)
  return hashed
}

function hashName(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  }
  return mixed(hash)
}

/** The last step of MurmurHash3: every bit depends on every other one. */
function mixed(word: number): number {
  let hash = word
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) | 0
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}
