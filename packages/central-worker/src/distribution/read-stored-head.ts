import type { SnapshotVersion } from '@winrate/shared-schema/contracts'
import type { Queryable } from '../postgres/queryable.ts'

/** A snapshot as the database keeps it: the bytes that every replica sends. */
export interface StoredSnapshot extends SnapshotVersion {
  readonly gzip: Buffer
}

/** The row that says what is served, without the bytes: what a reader of it already knows. */
export interface HeadPosition {
  readonly epoch: string
  /** Newest version of the epoch; 0 before the first. */
  readonly version: number
  /** While a canary runs: what the other instances are held at. */
  readonly heldVersion: number | null
  /** Share of instances that get the newest version during a canary, 0 to 1. */
  readonly canaryShare: number | null
}

/** The row with the snapshots that it names. */
export interface StoredHead extends HeadPosition {
  /** Null before the first snapshot of the epoch. */
  readonly newest: StoredSnapshot | null
  /** Null when no canary runs. */
  readonly held: StoredSnapshot | null
}

/** The head with the snapshots that it names; undefined while it is still as `known` says. */
export async function readStoredHead(
  queryable: Queryable,
  known: HeadPosition | undefined,
): Promise<StoredHead | undefined> {
  const { rows } = await queryable.query<
    HeadPosition & { newestBody: Buffer | null; heldBody: Buffer | null }
  >({
    name: 'read-stored-head',
    text: `
      select
        head.epoch,
        head.version::float8 as version,
        head.held_version::float8 as "heldVersion",
        head.canary_share as "canaryShare",
        newest.body_gzip as "newestBody",
        held.body_gzip as "heldBody"
      from winrate.snapshot_head as head
      left join winrate.snapshots as newest
        on newest.epoch = head.epoch and newest.version = head.version
      left join winrate.snapshots as held
        on held.epoch = head.epoch and held.version = head.held_version
      where (head.epoch, head.version, head.held_version, head.canary_share)
        is distinct from ($1::uuid, $2::bigint, $3::bigint, $4::float8)`,
    values: [known?.epoch, known?.version, known?.heldVersion, known?.canaryShare],
  })
  const row = rows[0]
  if (row === undefined) return undefined
  const { newestBody, heldBody, ...position } = row
  const { epoch, version, heldVersion } = position
  return {
    ...position,
    newest: newestBody && { epoch, version, gzip: newestBody },
    held: heldBody && heldVersion !== null ? { epoch, version: heldVersion, gzip: heldBody } : null,
  }
}
