// How much easier the instances that drew a model made its work than the work of its task type on the whole. All read the same
// snapshots, but each leaves a model sooner of which it has seen failures: one with hard work leaves the best model more
// often, so the others are called at hard work and look worse than they are.

import type { Steps } from '@winrate/shared-schema/steps'
import { bounded } from '../quarantine/cell-levels.ts'
import { logistic, logit } from '../quarantine/logits.ts'
import type { Voice } from '../quarantine/voices.ts'
import { valueAt } from '../runtime/value-at.ts'
import { BLOCKS, shareBefore, WINDOW_SPANS } from '../window/window-spans.ts'

/** Rounds in which the level of a model is fitted. */
const ROUNDS = 4

type CountedVoice = Pick<Voice, 'instance' | 'blockSamples' | 'blockSuccesses'>

interface Mix<V> {
  /** By cell, without those that are left out. */
  readonly ofCell: readonly (readonly V[])[]
  readonly instances: number
  /** How easy the work of an instance is, in logits. */
  readonly workOf: (voice: V) => number
  /** The share of a voice's outcomes that is evidence. */
  readonly shareOf: (voice: V) => number
  /** The first span that no longer counts, by cell; undefined where no break was found. */
  readonly breaks: readonly (number | undefined)[]
  /** Hours of the newest block that have begun. */
  readonly begunHours: number
}

/**
 * For each cell by how many logits its instances made its work easier. Within a block only, against what all models were called
 * for in it: which instances are at work when is part of the block.
 */
export function* instanceMix<V extends CountedVoice>({
  ofCell,
  instances,
  workOf,
  shareOf,
  breaks,
  begunHours,
}: Mix<V>): Steps<readonly number[]> {
  const work = new Float64Array(instances)
  const isKnown = new Uint8Array(instances)
  for (const voice of ofCell.flat()) {
    if (isKnown[voice.instance] === 1) continue
    isKnown[voice.instance] = 1
    work[voice.instance] = workOf(voice)
  }
  yield
  if (work.every((effect) => effect === 0)) return ofCell.map(() => 0)
  const whole = noCalls(instances)
  for (const voices of ofCell) {
    for (const voice of voices) {
      const share = shareOf(voice)
      for (let block = 0; block < BLOCKS; block += 1) {
        addCalls(whole, voice.instance, block, share * valueAt(voice.blockSamples, block))
      }
    }
    yield
  }
  const easier: number[] = []
  for (const [cell, voices] of ofCell.entries()) {
    const end = Math.min(breaks[cell] ?? WINDOW_SPANS, WINDOW_SPANS)
    const own = new Float64Array(instances)
    const inBlock = new Float64Array(BLOCKS)
    let wins = 0
    for (const voice of voices) {
      const share = shareOf(voice)
      for (let block = 0; block < BLOCKS; block += 1) {
        const counted = share * shareBefore(end, block, begunHours)
        const calls = counted * valueAt(voice.blockSamples, block)
        if (calls === 0) continue
        own[voice.instance] = valueAt(own, voice.instance) + calls
        inBlock[block] = valueAt(inBlock, block) + calls
        wins += counted * valueAt(voice.blockSuccesses, block)
      }
    }
    easier.push(easierThan(own, usualMix(whole, inBlock, instances), work, wins))
    yield
  }
  return easier
}

/** Calls of all models. */
interface Calls {
  /** By instance and block. */
  readonly all: Float64Array
  readonly inBlock: Float64Array
}

function noCalls(instances: number): Calls {
  return { all: new Float64Array(instances * BLOCKS), inBlock: new Float64Array(BLOCKS) }
}

function addCalls({ all, inBlock }: Calls, instance: number, block: number, calls: number): void {
  if (calls === 0) return
  const at = instance * BLOCKS + block
  all[at] = valueAt(all, at) + calls
  inBlock[block] = valueAt(inBlock, block) + calls
}

/** By instance, how many of the calls that a model had in each block would have been its own as of all models. */
function usualMix({ all, inBlock }: Calls, calls: Float64Array, instances: number): Float64Array {
  const parts = calls.map((count, block) => count / Math.max(1e-9, valueAt(inBlock, block)))
  const usual = new Float64Array(instances)
  for (let instance = 0; instance < instances; instance += 1) {
    let sum = 0
    for (let block = 0; block < BLOCKS; block += 1) {
      sum += valueAt(parts, block) * valueAt(all, instance * BLOCKS + block)
    }
    usual[instance] = sum
  }
  return usual
}

/** By how much a model of these wins does better at its own instances' work than at the usual mix, in logits. */
function easierThan(
  own: Float64Array,
  usual: Float64Array,
  work: Float64Array,
  wins: number,
): number {
  const calls = own.reduce((sum, count) => sum + count, 0)
  if (calls === 0) return 0
  const rate = (wins + 0.5) / (calls + 1)
  let level = logit(rate)
  for (let round = 0; round < ROUNDS; round += 1) {
    const { mean, slope } = meanOf(own, work, level)
    level += bounded((rate - mean) / slope)
  }
  return logit(meanOf(own, work, level).mean) - logit(meanOf(usual, work, level).mean)
}

function meanOf(counts: Float64Array, work: Float64Array, level: number) {
  let [calls, sum, slope] = [0, 0, 0]
  for (const [instance, count] of counts.entries()) {
    if (count === 0) continue
    const rate = logistic(level + valueAt(work, instance))
    calls += count
    sum += count * rate
    slope += count * rate * (1 - rate)
  }
  return { mean: sum / calls, slope: slope / calls }
}
