// Which deployment a database belongs to. The id is made with the tables, so it survives restores, moves and epochs;
// a copy of the database has it too, until an operator makes the copy a fleet of its own.
import type { Fleet } from '@winrate/shared-schema/contracts'
import type pg from 'pg'
import { sqlStateOf } from '../postgres/database-errors.ts'
import { inTransaction, type Queryable } from '../postgres/queryable.ts'
import { RefusedError } from '../runtime/refused-error.ts'
import { beginEpoch } from './snapshot-store.ts'

/** No schema, no table, no column: the database is from before fleets had ids. */
const ABSENT = new Set(['3F000', '42P01', '42703'])

/** Undefined before the first migration that makes the id. */
export async function readFleet(queryable: Queryable): Promise<Fleet | undefined> {
  try {
    const { rows } = await queryable.query<{ id: string; name: string | null }>(
      'select fleet_id as id, fleet_name as name from winrate.snapshot_head',
    )
    const [fleet] = rows
    return fleet && { id: fleet.id, ...(fleet.name !== null && { name: fleet.name }) }
  } catch (error) {
    if (ABSENT.has(sqlStateOf(error) ?? '')) return undefined
    throw error
  }
}

export function describeFleet({ id, name }: Fleet): string {
  return name === undefined ? `${id}, without a name` : `${name} (${id})`
}

/** @throws RefusedError when the database belongs to a fleet of another name than is expected here. */
export function assertFleet(fleet: Fleet | undefined, expected: string | undefined): void {
  if (expected === undefined || fleet?.name === undefined || fleet.name === expected) return
  throw new RefusedError(
    'other-fleet',
    `the database belongs to the fleet ${describeFleet(fleet)}, and WINRATE_FLEET is "${expected}": check DATABASE_URL. To give the fleet another name: npx winrate fleet NAME. To make a copied database a fleet of its own: npx winrate new-fleet NAME`,
  )
}

/**
 * Gives a fleet without a name the one that is expected here.
 *
 * @throws RefusedError as `assertFleet` does.
 */
export async function nameFleet(queryable: Queryable, expected: string | undefined): Promise<void> {
  if (expected === undefined) return
  await queryable.query(
    'update winrate.snapshot_head set fleet_name = $1 where fleet_name is null',
    [expected],
  )
  // Another worker may have been quicker.
  assertFleet(await readFleet(queryable), expected)
}

export async function renameFleet(queryable: Queryable, name: string): Promise<void> {
  await queryable.query('update winrate.snapshot_head set fleet_name = $1', [name])
}

/** Gives a copied database an id and an epoch of its own, so that clients do not mix it up with the original. */
export async function foundFleet(pool: pg.Pool, name: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query(
      'update winrate.snapshot_head set fleet_id = gen_random_uuid(), fleet_name = $1',
      [name],
    )
    await beginEpoch(client, null)
  })
}
