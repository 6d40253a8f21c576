// What operators change about what is served.
import { type SnapshotHead, snapshotHeadSchema } from '@winrate/shared-schema/http'
import { z } from 'zod'
import { createSnapshotControl, type SnapshotControl } from '../snapshots/snapshot-control.ts'
import { defineReport } from './command.ts'
import { onDatabase } from './on-database.ts'
import { databaseVariables } from './variable-phrases.ts'

const ofHead = {
  group: 'Change what is served',
  variables: databaseVariables,
  facts: snapshotHeadSchema,
} as const

export const pin = defineReport({
  ...ofHead,
  word: 'pin',
  summary: 'serve an earlier snapshot until unpin',
  details:
    'The content returns at once, as a new version, and with every tick. Pinning ends a canary. The worker keeps one day of versions.',
  failure: 'the version is not kept',
  examples: [['pin 1234', '']],
  input: z.object({ version: z.coerce.number('must be a number').int().positive() }),
  operands: [{ field: 'version', name: 'VERSION', description: 'the version to serve again' }],
  read: changeHead((control, { version }: { version: number }) => control.pin(version)),
  describe: describeHead,
})

export const unpin = defineReport({
  ...ofHead,
  word: 'unpin',
  summary: 'serve current metrics again',
  examples: [['unpin', '']],
  input: z.object({}),
  read: changeHead((control) => control.unpin()),
  describe: (head) =>
    `${describeHead(head)} Nothing is pinned: the next tick publishes current metrics.`,
})

const canaryChanges = ['promote', 'abort'] as const
const canaryMessage = 'must be a number between 0 and 1, promote or abort'

export const canary = defineReport({
  ...ofHead,
  word: 'canary',
  summary: 'new snapshots to a share, to all, or to none',
  details:
    'A share between 0 and 1 begins a canary: the other instances stay at the present version; a pin rests meanwhile. "promote" gives the newest to all and ends the pin. "abort" gives all what the others have and leaves what was before: the pin, or none; without one the next tick gives current metrics to all.',
  failure: 'no canary is running, or there is no snapshot yet',
  examples: [
    ['canary 0.1', 'new snapshots to a tenth of the instances'],
    ['canary promote', 'the newest to all'],
    ['canary abort', 'the same to all again'],
  ],
  input: z.object({
    change: z.union(
      [
        z.enum(canaryChanges),
        z.coerce.number(canaryMessage).gt(0, canaryMessage).lt(1, canaryMessage),
      ],
      canaryMessage,
    ),
  }),
  operands: [
    {
      field: 'change',
      name: 'SHARE|promote|abort',
      description: 'what to do',
      choices: canaryChanges,
    },
  ],
  read: changeHead((control, { change }: { change: (typeof canaryChanges)[number] | number }) => {
    if (change === 'promote') return control.promoteCanary()
    return change === 'abort' ? control.abortCanary() : control.startCanary(change)
  }),
  describe(head, { change }) {
    const served = describeHead(head)
    if (change !== 'abort' || head.pinnedVersion !== null) return served
    return `${served} The next tick gives current metrics to all; "npx winrate pin ${head.version}" stays at this content.`
  },
})

export const newEpoch = defineReport({
  ...ofHead,
  word: 'new-epoch',
  summary: 'make every client take the next snapshot',
  details: 'For use after history was lost. Versions begin again at 1. A pin or canary ends.',
  examples: [['new-epoch', 'after a backup was restored']],
  input: z.object({}),
  read: changeHead((control) => control.newEpoch()),
  describe: describeHead,
})

/** Changes what is served, and reads what is served then. */
function changeHead<Input>(
  change: (control: SnapshotControl, input: Input) => Promise<SnapshotHead>,
) {
  return onDatabase<Input, SnapshotHead>(({ pool }, input) =>
    change(createSnapshotControl(pool), input),
  )
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
