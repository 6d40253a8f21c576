import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { formatSnapshotVersion, parseSnapshotText } from '@winrate/shared-schema/contracts'
import type pg from 'pg'
import { sharedNowMs } from '../measuring/shared-clock.ts'

const TICK_PATIENCE_MS = 60_000

/** Resolves after the worker's only tick, which publishes an empty snapshot. */
export async function firstTick(client: pg.Client): Promise<void> {
  const deadlineMs = sharedNowMs() + TICK_PATIENCE_MS
  for (;;) {
    const { rows } = await client.query('select from winrate.snapshot_head where version > 0')
    if (rows.length > 0) return
    if (sharedNowMs() > deadlineMs) throw new Error('the worker ran no tick')
    await sleep(50)
  }
}

/** Stores a snapshot as a tick does and makes it the head. Returns the time at which the statement was sent. */
export async function publishSnapshot(client: pg.Client, text: string): Promise<number> {
  const snapshot = parseSnapshotText(text)
  const { epoch, version, createdAt, hash, cells } = snapshot
  const body = gzipSync(text)
  const sentMs = sharedNowMs()
  await client.query(
    `
    with inserted_snapshot as (
      insert into winrate.snapshots (epoch, version, created_at, hash, cells, samples, body_gzip)
      values ($1, $2, $3, $4, $5, 0, $6)
    ),
    moved_head as (
      update winrate.snapshot_head
      set epoch = $1, version = $2, pinned_version = null, held_version = null, canary_share = null
    )
    select pg_notify('winrate_snapshot', $7)`,
    [epoch, version, createdAt, hash, cells.task.length, body, formatSnapshotVersion(snapshot)],
  )
  return sentMs
}
