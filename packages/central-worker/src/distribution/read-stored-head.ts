import type { Queryable } from '../postgres/queryable.ts'
import type { HeadPosition, StoredHead } from './served-head.ts'

interface Row {
  readonly epoch: string
  readonly version: number
  readonly heldVersion: number | null
  readonly canaryShare: number | null
  readonly newestCreatedAt: Date | null
  readonly newestHash: string | null
  readonly newestBody: Buffer | null
  readonly heldCreatedAt: Date | null
  readonly heldHash: string | null
  readonly heldBody: Buffer | null
}

/** The head with the snapshots that it names; undefined when it still is as `known` says. */
export async function readStoredHead(
  queryable: Queryable,
  known: HeadPosition | undefined,
): Promise<StoredHead | undefined> {
  const { rows } = await queryable.query<Row>({
    name: 'read-stored-head',
    text: `
      select
        head.epoch,
        head.version::float8 as version,
        head.held_version::float8 as "heldVersion",
        head.canary_share as "canaryShare",
        newest.created_at as "newestCreatedAt",
        newest.hash as "newestHash",
        newest.body_gzip as "newestBody",
        held.created_at as "heldCreatedAt",
        held.hash as "heldHash",
        held.body_gzip as "heldBody"
      from winrate.snapshot_head as head
      left join winrate.snapshots as newest
        on newest.epoch = head.epoch and newest.version = head.version
      left join winrate.snapshots as held
        on held.epoch = head.epoch and held.version = head.held_version
      where (head.epoch, head.version, head.held_version, head.canary_share)
        is distinct from ($1::uuid, $2::bigint, $3::bigint, $4::float8)`,
    values: [
      known?.epoch ?? null,
      known?.version ?? null,
      known?.heldVersion ?? null,
      known?.canaryShare ?? null,
    ],
  })
  const row = rows[0]
  if (row === undefined) return undefined
  const { epoch, version, heldVersion, canaryShare } = row
  return {
    epoch,
    version,
    heldVersion,
    canaryShare,
    newest: storedSnapshot(epoch, version, row.newestCreatedAt, row.newestHash, row.newestBody),
    held: storedSnapshot(epoch, heldVersion, row.heldCreatedAt, row.heldHash, row.heldBody),
  }
}

function storedSnapshot(
  epoch: string,
  version: number | null,
  createdAt: Date | null,
  hash: string | null,
  gzip: Buffer | null,
): StoredHead['newest'] {
  if (version === null || createdAt === null || hash === null || gzip === null) return null
  return { epoch, version, createdAt, hash, gzip }
}
