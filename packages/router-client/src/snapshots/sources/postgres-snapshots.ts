import { plainAddress } from '../../runtime/fleet-origin.ts'
import { durationProblems } from '../../runtime/option-problems.ts'
import {
  addressProblems,
  createPostgresClient,
  type PostgresAddress,
} from '../../transport/postgres-client.ts'
import { createPollingSource } from './polling-source.ts'
import type { SnapshotSource } from './snapshot-source.ts'

/** A pool of your own or a connection string; the rest is optional. */
export type PostgresSnapshotsOptions = PostgresAddress & {
  /** How often the database is polled, in milliseconds, ± 20 %. Default 30000. */
  readonly pollIntervalMs?: number | undefined
}

/**
 * Snapshots straight from the worker's database: one function call per poll, which returns a snapshot
 * only when there is a newer one. Needs the package `pg` unless a pool is given.
 */
export function postgresSnapshots(options: PostgresSnapshotsOptions): SnapshotSource {
  const { pollIntervalMs = 30_000 } = options
  const client = createPostgresClient(options)
  return createPollingSource({
    kind: 'postgres',
    address: plainAddress(options.connectionString),
    intervalMs: pollIntervalMs,
    problems: [
      ...addressProblems('postgresSnapshots', options),
      ...durationProblems('postgresSnapshots', { pollIntervalMs }),
    ],
    close: () => client.close(),
    async poll({ receiver }) {
      const known = receiver.known()
      const rows = await client.query(
        receiver.clock,
        'select kind, epoch, version, body from winrate.pull_snapshot($1::uuid, $2::bigint, $3::text)',
        [known?.epoch ?? null, known?.version ?? null, receiver.instanceId],
      )
      const { kind, body } = parsePulled(rows[0])
      if (kind !== 'full') return { held: kind === 'held' }
      const { unzipText } = await import('../../transport/http-body.ts')
      return { text: await unzipText(body) }
    },
  })
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
  throw new Error('winrate.pull_snapshot did not answer with kind, epoch, version, body')
}
