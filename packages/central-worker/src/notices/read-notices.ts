// What single instances should know about themselves, read anew for each snapshot. A new kind of notice is a file
// beside `quarantine-notices.ts` and a line here; clients need no change.
import type { Notice, SnapshotContent } from '@winrate/shared-schema/contracts'
import type { Queryable } from '../postgres/queryable.ts'
import { readClockNotices } from './clock-notices.ts'
import { readMissingNotices } from './missing-notices.ts'
import { readQuarantineNotices } from './quarantine-notices.ts'
import { readSharedIdNotices } from './shared-ids.ts'

export interface FoundNotices {
  /** Those that began first. */
  readonly notices: readonly Notice[]
  /** How many there are, those left out included. */
  readonly found: number
}

/** Reads the notices of one kind that hold now, at most `most` of them. */
export type ReadKind = (queryable: Queryable, most: number) => Promise<FoundNotices>

const kinds: readonly ReadKind[] = [
  readQuarantineNotices,
  readClockNotices,
  readSharedIdNotices,
  readMissingNotices,
]

/** Clients may invent any number of instances. */
const MOST_NOTICES = 1_000

/** The notices that began first, whatever their kind: so one that is shown stays until it is over. */
export async function readNotices(
  queryable: Queryable,
): Promise<Pick<SnapshotContent, 'notices' | 'moreNotices'>> {
  const all: Notice[] = []
  let found = 0
  for (const read of kinds) {
    const some = await read(queryable, MOST_NOTICES)
    all.push(...some.notices)
    found += some.found
  }
  const notices = all.sort(firstBegun).slice(0, MOST_NOTICES)
  return { notices, ...(found > notices.length && { moreNotices: found - notices.length }) }
}

function firstBegun(one: Notice, other: Notice): number {
  return orderOf(one) < orderOf(other) ? -1 : 1
}

function orderOf({ since = '', instanceId, kind }: Notice): string {
  return `${since}\0${instanceId}\0${kind}`
}
