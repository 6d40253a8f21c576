// What each instance says of each cell of one task type, and how much of it counts while the instances are compared.
import { cellKey } from '@winrate/shared-schema/contracts'
import { type CellSums, COUNTED_SPANS } from '../window/cell-sums.ts'
import { BLOCKS, WINDOW_SPANS } from '../window/window-spans.ts'
import type { Rulings } from './judge-task.ts'
import { findLittleKnown, type LittleKnown } from './little-known.ts'

/** What one instance reports of one cell. */
export interface Voice {
  readonly instanceId: string
  /** Places of the instance and of the cell in `TaskVoices`. */
  readonly instance: number
  readonly cell: number
  /** By span, the faded one last. */
  readonly samples: Float64Array
  readonly successes: Float64Array
  /** By block, the newest first. */
  readonly blockSamples: Float64Array
  readonly blockSuccesses: Float64Array
  /** In the window. */
  readonly total: number
  readonly wins: number
  /** Of the total, those whose model chance chose. */
  readonly drawn: number
  /** Share of its outcomes that counts while others are compared with it. */
  weight: number
  /** See `Rulings`. */
  readonly wasLeftOut: boolean
  /** It differs, so the others are compared without it. */
  isAside: boolean
}

/** The voices of one task type. */
export interface TaskVoices {
  /** In order of the cells and of the instances' names. */
  readonly voices: readonly Voice[]
  readonly ofCell: readonly (readonly Voice[])[]
  readonly ofInstance: readonly (readonly Voice[])[]
  /** What the little known instances report together, as if they were one instance, by cell. */
  readonly joined: readonly Voice[]
  readonly littleKnown: LittleKnown
  /** Hours of the newest block that have begun. */
  readonly begunHours: number
}

export function readVoices(cells: readonly CellSums[], rulings: Rulings): TaskVoices {
  const voices: Voice[] = []
  const instances = new Map<string, Voice[]>()
  let begunHours = 1
  const ofCell = cells.map((cell, at) => {
    const key = cellKey(cell.name)
    const { instanceIds, samples, successes, drawn, ...counts } = cell.counts()
    begunHours = counts.begunHours
    const present: Voice[] = []
    for (const [row, instanceId] of instanceIds.entries()) {
      const known = instances.get(instanceId)
      const own = known ?? []
      if (known === undefined) instances.set(instanceId, own)
      const begin = row * COUNTED_SPANS
      const voice = {
        instanceId,
        instance: own[0]?.instance ?? instances.size - 1,
        cell: at,
        samples: samples.subarray(begin, begin + COUNTED_SPANS),
        successes: successes.subarray(begin, begin + COUNTED_SPANS),
        blockSamples: counts.blockSamples.subarray(row * BLOCKS, (row + 1) * BLOCKS),
        blockSuccesses: counts.blockSuccesses.subarray(row * BLOCKS, (row + 1) * BLOCKS),
        total: sumOf(samples, begin),
        wins: sumOf(successes, begin),
        drawn: drawn[row] ?? 0,
        wasLeftOut: !rulings.isTrusted(instanceId) && rulings.wasLeftOut(key, instanceId),
        weight: 1,
        isAside: false,
      }
      own.push(voice)
      present.push(voice)
      voices.push(voice)
    }
    return present
  })
  const ofInstance = [...instances.values()]
  const littleKnown = findLittleKnown(ofInstance, rulings)
  const joined = joinVoices(
    voices.filter(({ instance }) => littleKnown.all.has(instance)),
    ofInstance.length,
  )
  return { voices, ofCell, ofInstance: [...ofInstance, joined], joined, littleKnown, begunHours }
}

/** What several instances do together is compared by spans only. */
const noBlocks = new Float64Array(BLOCKS)

function sumOf(numbers: Float64Array, begin: number): number {
  let sum = 0
  for (let at = begin; at < begin + WINDOW_SPANS; at += 1) sum += numbers[at] ?? 0
  return sum
}

/** What several instances report of each cell, as if they were one, in the place `instance`. */
export function joinVoices(voices: readonly Voice[], instance: number): readonly Voice[] {
  const joined = new Map<number, Voice>()
  for (const voice of voices) {
    const known = joined.get(voice.cell)
    const samples = known?.samples ?? new Float64Array(COUNTED_SPANS)
    const successes = known?.successes ?? new Float64Array(COUNTED_SPANS)
    for (let span = 0; span < COUNTED_SPANS; span += 1) {
      samples[span] = (samples[span] ?? 0) + (voice.samples[span] ?? 0)
      successes[span] = (successes[span] ?? 0) + (voice.successes[span] ?? 0)
    }
    joined.set(voice.cell, {
      ...{ instanceId: '', instance, cell: voice.cell, samples, successes },
      ...{ blockSamples: noBlocks, blockSuccesses: noBlocks },
      total: (known?.total ?? 0) + voice.total,
      wins: (known?.wins ?? 0) + voice.wins,
      drawn: (known?.drawn ?? 0) + voice.drawn,
      ...{ weight: 0, isAside: false, wasLeftOut: false },
    })
  }
  return [...joined.values()]
}
