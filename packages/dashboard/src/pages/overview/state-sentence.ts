// The state of a deployment in one sentence, and what to do where something is wrong.
import type { StatusBody } from '@winrate/shared-schema/http'
import { counted, formatSeconds } from '../../format/numbers.ts'

export interface StateSentence {
  readonly level: 'well' | 'warns' | 'wrong'
  readonly sentence: string
  /** What is not as it should be, each with what to do about it. */
  readonly points: readonly {
    readonly name: string
    readonly detail: string
    readonly isWrong: boolean
  }[]
}

export function stateSentence(status: StatusBody): StateSentence {
  const { checks, queue, instances, snapshot } = status
  const points = checks
    .filter(({ ok, warns }) => !ok || warns === true)
    .map(({ name, ok, detail }) => ({ name, detail, isWrong: !ok }))
  const wrong = points.filter(({ isWrong }) => isWrong).length
  if (wrong > 0) {
    const things =
      wrong === 1 ? 'One thing is wrong and needs' : `${wrong} things are wrong and need`
    return { level: 'wrong', sentence: `${things} you.`, points }
  }
  if (snapshot.version === 0) {
    return {
      level: 'well',
      sentence: 'Waiting for the first tick, which makes the first snapshot.',
      points,
    }
  }
  const waiting =
    queue.depth === 0
      ? 'nothing waits'
      : `${counted(queue.depth, 'message')} ${queue.depth === 1 ? 'waits' : 'wait, the oldest'} for ${formatSeconds(queue.lagSeconds ?? 0)}`
  const pinned =
    snapshot.pinnedVersion === null ? '' : ` Snapshot ${snapshot.pinnedVersion} is pinned.`
  const canary =
    snapshot.canaryShare === null
      ? ''
      : ` A canary gives new snapshots to ${Math.round(snapshot.canaryShare * 100)} % of the instances.`
  const rest = `${instances === 0 ? 'no instance sends outcomes yet' : counted(instances, 'instance')}, ${waiting}.${pinned}${canary}`
  return points.length === 0
    ? { level: 'well', sentence: `All is well: ${rest}`, points }
    : {
        level: 'warns',
        sentence: `It works, with ${points.length === 1 ? 'a remark' : `${points.length} remarks`}: ${rest}`,
        points,
      }
}
