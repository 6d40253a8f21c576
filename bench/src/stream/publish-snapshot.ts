import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { parseSnapshotText } from '@winrate/shared-schema/contracts'
import type pg from 'pg'
import { sharedNowMs } from '../measuring/shared-clock.ts'

const PATIENCE_MS = 60_000

/** Resolves after the worker's only tick, which publishes an empty snapshot. */
export async function firstTick(client: pg.Client): Promise<void> {
  const deadlineMs = sharedNowMs() + PATIENCE_MS
  for (;;) {
    const { rows } = await client.query('select from winrate.snapshot_head where version > 0')
    if (rows.length > 0) return
    if (sharedNowMs() > deadlineMs) throw new Error('the worker ran no tick')
    await sleep(50)
  }
}

/**
 * Stores a snapshot as a tick does, makes it the head, and returns the time at which the commit was sent. Commits
 * only when the worker's next look at the head waits for the lock, so that no figure contains the second
 * between two looks.
 */
export async function publishSnapshot(client: pg.Client, text: string): Promise<number> {
  const { epoch, version, createdAt, hash, cells } = parseSnapshotText(text)
  await client.query('begin')
  await client.query('lock table winrate.snapshot_head')
  await client.query(
    `
    with inserted_snapshot as (
      insert into winrate.snapshots (epoch, version, created_at, hash, cells, samples, body_gzip)
      values ($1, $2, $3, $4, $5, 0, $6)
    )
    update winrate.snapshot_head
    set epoch = $1, version = $2, pinned_version = null, held_version = null, canary_share = null`,
    [epoch, version, createdAt, hash, cells.task.length, gzipSync(text)],
  )
  await waitingReader(client)
  const sentMs = sharedNowMs()
  await client.query('commit')
  return sentMs
}

async function waitingReader(client: pg.Client): Promise<void> {
  const deadlineMs = sharedNowMs() + PATIENCE_MS
  for (;;) {
    const { rows } = await client.query(
      `select from pg_locks where relation = 'winrate.snapshot_head'::regclass and not granted`,
    )
    if (rows.length > 0) return
    if (sharedNowMs() > deadlineMs) throw new Error('the worker does not look at the head')
    await sleep(5)
  }
}
