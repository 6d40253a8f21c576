// What operators do: hold snapshots, and leave instances out.
import type { Quarantine, Verdict } from '@winrate/shared-schema/http'
import { z } from 'zod'
import {
  createInstanceVerdicts,
  quarantineSchema,
  releaseSchema,
} from '../quarantine/instance-verdicts.ts'
import { readQuarantines } from '../reading/read-quarantines.ts'
import { createSnapshotControl, type SnapshotControl } from '../snapshots/snapshot-control.ts'
import type { SnapshotHead } from '../snapshots/snapshot-store.ts'
import { defineCommand, noOperands, onDatabase } from './command.ts'
import { formatTable, print } from './print.ts'

export const pin = defineCommand({
  word: 'pin',
  synopsis: 'VERSION',
  summary: 'serve the content of an earlier snapshot until unpin',
  operands: z.object({ version: z.coerce.number('must be a number').int().positive() }),
  run: changeHead((control, { version }: { version: number }) => control.pin(version)),
})

export const unpin = defineCommand({
  word: 'unpin',
  summary: 'serve current metrics again',
  operands: noOperands,
  run: changeHead((control) => control.unpin()),
})

export const canary = defineCommand({
  word: 'canary',
  synopsis: 'SHARE|promote|abort',
  summary: 'give new snapshots to a share of the instances (0 to 1), to all, or to none',
  operands: z.object({
    change: z.union(
      [z.enum(['promote', 'abort']), z.coerce.number()],
      'must be a number, promote or abort',
    ),
  }),
  run: changeHead((control, { change }: { change: 'promote' | 'abort' | number }) => {
    if (change === 'promote') return control.promoteCanary()
    return change === 'abort' ? control.abortCanary() : control.startCanary(change)
  }),
})

export const newEpoch = defineCommand({
  word: 'new-epoch',
  summary: 'make every client take the next snapshot, after history was lost',
  operands: noOperands,
  run: changeHead((control) => control.newEpoch()),
})

/** Changes what is served, and prints what is served then. */
function changeHead<Operands>(
  change: (control: SnapshotControl, operands: Operands) => Promise<SnapshotHead>,
) {
  return onDatabase<Operands>(async ({ pool }, operands) => {
    print(describeHead(await change(createSnapshotControl(pool), operands)))
    return 0
  })
}

/** What is served to whom, in sentences. */
export function describeHead(head: SnapshotHead): string {
  const { epoch, version, pinnedVersion, heldVersion, canaryShare } = head
  if (version === 0) return 'Snapshot: none yet.'
  const newest = `Snapshot: version ${version} of epoch ${epoch}.`
  if (heldVersion === null || canaryShare === null) {
    return pinnedVersion === null
      ? newest
      : `${newest} It repeats version ${pinnedVersion}, which is pinned.`
  }
  const canary = `${newest} A canary gives it to ${(canaryShare * 100).toFixed(1)} % of the instances; the others stay at version ${heldVersion}.`
  return pinnedVersion === null
    ? canary
    : `${canary} Version ${pinnedVersion} is pinned again if the canary is aborted.`
}

export const quarantine = defineCommand({
  word: 'quarantine',
  synopsis: 'INSTANCE REASON',
  summary: 'leave out what an instance sent, from the next tick on',
  operands: quarantineSchema,
  run: onDatabase(async ({ config, pool }, operands: z.infer<typeof quarantineSchema>) => {
    print((await createInstanceVerdicts(pool, config.windowDays).quarantine(operands)).message)
    return 0
  }),
})

export const release = defineCommand({
  word: 'release',
  synopsis: 'INSTANCE [REASON]',
  summary: 'count it again from the next tick on',
  operands: releaseSchema,
  run: onDatabase(async ({ config, pool }, operands: z.infer<typeof releaseSchema>) => {
    print((await createInstanceVerdicts(pool, config.windowDays).release(operands)).message)
    return 0
  }),
})

export const quarantines = defineCommand({
  word: 'quarantines',
  summary: 'whose outcomes are left out, why and since when',
  operands: noOperands,
  run: onDatabase(async ({ pool }) => {
    const { quarantines: all, more = 0 } = await readQuarantines(pool)
    if (all.length === 0) {
      print('No instance is quarantined, and no operator has decided anything.')
      return 0
    }
    const header = ['instance', 'state', 'task type', 'model', 'left out', 'win rate', 'expected']
    print(formatTable([[...header, 'since', 'reason'], ...all.flatMap(describeQuarantine)]))
    if (more > 0) print(`and ${more} more instances`)
    return 0
  }),
})

function describeQuarantine({ instanceId, verdict, cells, moreCells }: Quarantine): string[][] {
  const decided = verdict?.verdict
  const pending = decided === 'quarantined' ? 'quarantined at the next tick' : 'trusted'
  if (cells.length === 0) {
    const since = verdict?.decidedAt ?? ''
    return [[instanceId, pending, '', '', '0', '', '', since, verdict?.reason ?? '']]
  }
  const rows = cells.map((cell) => [
    instanceId,
    stateOf(decided, cell.reason),
    cell.taskType,
    cell.thinkingLevel === null ? cell.modelName : `${cell.modelName} (${cell.thinkingLevel})`,
    String(cell.samples),
    cell.winRate.toFixed(3),
    cell.expectedWinRate?.toFixed(3) ?? '',
    cell.since,
    verdict?.reason ?? cell.reason,
  ])
  return moreCells === undefined ? rows : [...rows, [instanceId, `and ${moreCells} more cells`]]
}

/** What the last tick did, or what the next one will do when an operator has decided since. */
function stateOf(decided: Verdict['verdict'] | undefined, reason: string): string {
  if (decided === 'trusted') return 'trusted from the next tick'
  if (decided === undefined && reason === 'operator') return 'released at the next tick'
  return 'quarantined'
}
