import pg from 'pg'
import { FILE_COLUMNS } from './staged-outcomes.ts'

/** Rows per second of COPY into task_preferences, with one connection per file. */
export async function copyRows(
  connectionString: string,
  files: readonly string[],
  rows: number,
): Promise<number> {
  const clients = await Promise.all(
    files.map(async () => {
      const client = new pg.Client({ connectionString })
      await client.connect()
      return client
    }),
  )
  try {
    const startedMs = performance.now()
    const copied = await Promise.all(
      clients.map((client, at) =>
        client.query(`copy winrate.task_preferences (${FILE_COLUMNS}) from '${files[at]}'`),
      ),
    )
    const seconds = (performance.now() - startedMs) / 1_000
    const stored = copied.reduce((sum, { rowCount }) => sum + (rowCount ?? 0), 0)
    if (stored !== rows) throw new Error(`COPY stored ${stored} of ${rows} rows`)
    return rows / seconds
  } finally {
    await Promise.all(clients.map((client) => client.end()))
  }
}
