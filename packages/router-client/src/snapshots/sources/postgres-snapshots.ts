import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { durationProblems } from '../../runtime/option-problems.ts'
import {
  addressProblems,
  createPostgresClient,
  type PostgresAddress,
} from '../../transport/postgres-client.ts'
import { createPollLoop, type PollResult } from './poll-loop.ts'
import type { SnapshotReceiver, SnapshotSource } from './snapshot-source.ts'

/** A pool of one's own, or a connection string; the rest is optional. */
export type PostgresSnapshotsOptions = PostgresAddress & {
  /** How often the database is asked, in milliseconds, ± 20 %. Default 30000. */
  readonly pollIntervalMs?: number
}

const DEFAULT_POLL_INTERVAL_MS = 30_000
const MAX_SNAPSHOT_BYTES = 64 * 1024 * 1024
const unzip = promisify(gunzip)

/**
 * Snapshots straight from the worker's database: one function call a poll, which carries a snapshot
 * only when there is a newer one. Needs the package `pg` unless a pool is given.
 */
export function postgresSnapshots(options: PostgresSnapshotsOptions): SnapshotSource {
  const { pollIntervalMs = DEFAULT_POLL_INTERVAL_MS } = options
  const client = createPostgresClient(options)
  let receiver: SnapshotReceiver | undefined
  let stopped = false

  async function poll(signal: AbortSignal): Promise<PollResult> {
    if (receiver === undefined) return { ok: true }
    const known = receiver.known()
    const rows = await client.query(
      receiver.clock,
      'select kind, epoch, version, body from winrate.pull_snapshot($1::uuid, $2::bigint, $3::text)',
      [known?.epoch ?? null, known?.version ?? null, receiver.instanceId],
    )
    const { kind, body } = parsePulled(rows[0])
    if (signal.aborted) return { ok: true }
    if (kind !== 'full') {
      receiver.confirm({ held: kind === 'held' })
      return { ok: true }
    }
    const text = await unzip(body, { maxOutputLength: MAX_SNAPSHOT_BYTES })
    if (signal.aborted) return { ok: true }
    const answer = await receiver.offerText(text.toString('utf8'))
    if (answer === 'ignored') receiver.confirm()
    return { ok: answer !== 'refused' }
  }

  const loop = createPollLoop({ intervalMs: pollIntervalMs, poll })
  return {
    expectsUpdates: true,
    problems: [
      ...addressProblems('postgresSnapshots', options),
      ...durationProblems('postgresSnapshots', { pollIntervalMs }),
    ],
    start(given) {
      if (receiver !== undefined || stopped) return
      receiver = given
      loop.start(given, 0)
    },
    async stop() {
      if (stopped) return
      stopped = true
      await Promise.all([loop.stop(), client.close()])
    },
    status() {
      if (stopped) return { kind: 'postgres', state: 'stopped' }
      if (receiver === undefined) return { kind: 'postgres', state: 'idle' }
      return { kind: 'postgres', state: loop.isFailing() ? 'failing' : 'polling' }
    },
  }
}

type Pulled =
  | { readonly kind: 'none' | 'held'; readonly body?: never }
  | { readonly kind: 'full'; readonly body: Uint8Array }

function parsePulled(row: unknown): Pulled {
  if (row === undefined) return { kind: 'none' }
  if (typeof row === 'object' && row !== null && 'kind' in row) {
    if (row.kind === 'none' || row.kind === 'held') return { kind: row.kind }
    if (row.kind === 'full' && 'body' in row && row.body instanceof Uint8Array) {
      return { kind: 'full', body: row.body }
    }
  }
  throw new Error('winrate.pull_snapshot answered something else than kind, epoch, version, body')
}
