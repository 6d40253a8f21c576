import type { Snapshot } from '@winrate/shared-schema/contracts'
import { systemClock } from '../src/runtime/clock.ts'
import { silentLogger } from '../src/runtime/logger.ts'
import { SnapshotKeeper, type SnapshotKeeperInput } from '../src/snapshots/snapshot-keeper.ts'
import type { SnapshotReceiver } from '../src/snapshots/sources/snapshot-source.ts'

/** A started keeper, the receiver that its source has, and what it put to use. */
export function startKeeper(input: Partial<SnapshotKeeperInput> = {}) {
  const applied: Snapshot[] = []
  const quiet = () => undefined
  let receiver: SnapshotReceiver | undefined
  const keeper = new SnapshotKeeper({
    source: {
      expectsUpdates: true,
      start: (given) => {
        receiver = given
      },
      stop: async () => undefined,
      status: () => ({ kind: 'test', state: 'polling' }),
    },
    cacheFile: undefined,
    fleet: undefined,
    availability: { useFleet: () => undefined },
    staleAfterMs: 180_000,
    instanceId: 'agent-1',
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
    warn: quiet,
    table: {
      *prepare(snapshot) {
        return () => void applied.push(snapshot)
      },
      widen: quiet,
      restore: quiet,
    },
    overlay: { snapshotApplied: quiet },
    events: { emit: quiet },
    ...input,
  })
  keeper.start()
  if (receiver === undefined) throw new Error('the keeper did not start its source')
  return { keeper, receiver, applied, versions: () => applied.map(({ version }) => version) }
}
