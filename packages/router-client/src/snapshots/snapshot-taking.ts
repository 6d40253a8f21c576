// Turns what is offered into the snapshot in use: read and validated whole, prepared, then swapped in by
// one assignment; whatever fails before that leaves the old one in use.
//   What arrives as text is taken in slices, one after another in the order of the offers: the next one
// begins when the one before is in use or refused. What is offered at once goes first; whatever is being made
// then was made for another snapshot, and is made anew from its beginning. Closing ends all of it.
import { runAtOnce, type Snapshot, type Steps } from '@winrate/shared-schema/contracts'
import { type Offered, readOffered } from './offered-snapshot.ts'
import { runInSlices } from './slices.ts'
import type { SnapshotAnswer } from './sources/snapshot-source.ts'

export interface SnapshotTakingInput {
  /** Makes beforehand what takes long of putting a sound snapshot to use. */
  readonly prepare: (snapshot: Snapshot) => Steps<void>
  /** Puts a sound snapshot to use. When it throws, the snapshot is refused. */
  readonly apply: (snapshot: Snapshot) => void
  readonly onTaken: (offered: Offered, snapshot: Snapshot) => void
  readonly onRefused: (offered: Offered, cause: unknown) => void
}

export interface SnapshotTaking {
  atOnce(offered: Offered): SnapshotAnswer
  inTurn(offered: Offered): Promise<SnapshotAnswer>
  /** From here on everything is ignored, what is being taken just now as well. */
  close(): void
  isClosed(): boolean
}

export function createSnapshotTaking(input: SnapshotTakingInput): SnapshotTaking {
  let inUse: Snapshot | undefined
  /** Settles when what was offered last in slices is in use, or is not to be. */
  let latest: Promise<unknown> = Promise.resolve()
  const closing = new AbortController()
  const isClosed = () => closing.signal.aborted

  function* make(offered: Offered): Steps<Snapshot | undefined> {
    const snapshot = yield* readOffered(offered, inUse)
    if (snapshot !== undefined) yield* input.prepare(snapshot)
    return snapshot
  }

  async function takeInSlices(offered: Offered): Promise<SnapshotAnswer> {
    let madeFor: Snapshot | undefined
    let finish: () => SnapshotAnswer
    do {
      madeFor = inUse
      finish = await runInSlices(make(offered), closing.signal).then(
        (snapshot) => () => putToUse(offered, snapshot),
        // Not refused yet: it may be sound where it follows on what was offered at once meanwhile.
        (cause) => () => refuse(offered, cause),
      )
    } while (madeFor !== inUse && !isClosed())
    return isClosed() ? 'ignored' : finish()
  }

  function putToUse(offered: Offered, snapshot: Snapshot | undefined): SnapshotAnswer {
    if (snapshot === undefined) return 'ignored'
    try {
      input.apply(snapshot)
    } catch (cause) {
      return refuse(offered, cause)
    }
    inUse = snapshot
    input.onTaken(offered, snapshot)
    return 'accepted'
  }

  function refuse(offered: Offered, cause: unknown): SnapshotAnswer {
    input.onRefused(offered, cause)
    return 'refused'
  }

  return {
    atOnce(offered) {
      if (isClosed()) return 'ignored'
      let snapshot: Snapshot | undefined
      try {
        snapshot = runAtOnce(make(offered))
      } catch (cause) {
        return refuse(offered, cause)
      }
      return putToUse(offered, snapshot)
    },
    inTurn(offered) {
      const answer = latest.then(() => takeInSlices(offered))
      latest = answer.catch(() => undefined)
      return answer
    },
    close: () => closing.abort(),
    isClosed,
  }
}
