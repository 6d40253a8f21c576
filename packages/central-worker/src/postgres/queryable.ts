import type pg from 'pg'

/** A pool or one of its clients: anything that runs queries. */
export type Queryable = Pick<pg.ClientBase, 'query'>

/** Whether there is a table of this name, given with its schema. */
export async function hasTable(queryable: Queryable, name: string): Promise<boolean> {
  const { rows } = await queryable.query<{ present: boolean }>(
    'select to_regclass($1) is not null as present',
    [name],
  )
  return rows[0]?.present === true
}

/** The database's clock, in milliseconds since 1970: the one that all replicas share. */
export async function readDatabaseMs(queryable: Queryable): Promise<number> {
  const { rows } = await queryable.query<{ databaseMs: number }>(
    `select (extract(epoch from clock_timestamp()) * 1000)::float8 as "databaseMs"`,
  )
  if (rows[0] === undefined) throw new Error('the database told no time')
  return rows[0].databaseMs
}

/** Runs `work` in one transaction on one client; rolls back when it throws. */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure
    })
    throw error
  } finally {
    // Closes a client that cannot roll back.
    client.release(broken)
  }
}
