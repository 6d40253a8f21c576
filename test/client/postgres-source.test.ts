import { gzipSync } from 'node:zlib'
import { postgresSnapshots } from '@winrate/router-client'
import { parseSnapshotText } from '@winrate/shared-schema/contracts'
import { describe, test } from 'vitest'
import { snapshotSourceConformance } from '../../packages/router-client/src/snapshots/sources/snapshot-source.conformance.ts'
import { snapshotTextFromTable } from '../../packages/router-client/src/testing/snapshot-from-table.ts'
import { createTestDatabase } from '../support/test-database.ts'

const database = await createTestDatabase()

const row = { taskType: 'coding', model: 'codex', provider: 'codex', samples: 10, successes: 9 }
const texts = [1, 2].map((version) => snapshotTextFromTable([row], { version }))
const [older = '', newer = ''] = texts

/** Makes `text` the head; an invalid snapshot claims the version after the head's. */
async function publish(text: string): Promise<void> {
  const version = text === older ? 1 : 2
  const { epoch } = parseSnapshotText(older)
  await database.pool.query(
    `insert into winrate.snapshots (epoch, version, created_at, hash, cells, samples, body_gzip)
     values ($1, $2, now(), '', 1, 10, $3)
     on conflict (epoch, version) do update set body_gzip = excluded.body_gzip`,
    [epoch, version, gzipSync(text)],
  )
  await database.pool.query('update winrate.snapshot_head set epoch = $1, version = $2', [
    epoch,
    version,
  ])
}

describe('a Postgres source', () => {
  for (const { name, run } of snapshotSourceConformance) {
    test(name, () =>
      run({
        texts: [older, newer],
        async create(text) {
          await publish(text)
          const source = postgresSnapshots({
            connectionString: database.url,
            pollIntervalMs: 20,
          })
          return { source, publish, close: async () => {} }
        },
      }),
    )
  }
})
