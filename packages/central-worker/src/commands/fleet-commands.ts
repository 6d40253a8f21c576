// Which deployment the database belongs to.
import { type FleetFacts, fleetFactsSchema } from '@winrate/shared-schema/http'
import type pg from 'pg'
import { z } from 'zod'
import { fleetName } from '../config/variable-values.ts'
import { describeFleet, foundFleet, readFleet, renameFleet } from '../snapshots/fleet.ts'
import { defineReport } from './command.ts'
import { onDatabase } from './on-database.ts'
import { databaseVariables } from './variable-phrases.ts'

const ofFleet = {
  variables: databaseVariables,
  facts: fleetFactsSchema,
  describe: describeFacts,
} as const

export const fleet = defineReport({
  ...ofFleet,
  word: 'fleet',
  group: 'Look',
  summary: 'which deployment this database is',
  details:
    'Shows its id, and its name where it has one. With NAME it gets this name. Set WINRATE_FLEET of all workers to the same: a worker that expects another name does not start.',
  examples: [
    ['fleet', 'is this the database that you mean?'],
    ['fleet production', 'give it this name'],
  ],
  input: z.object({ name: fleetName.optional() }),
  operands: [{ field: 'name', name: 'NAME', description: 'the new name' }],
  read: onDatabase(async ({ pool }, { name }: { name?: string | undefined }) => {
    if (name !== undefined) await renameFleet(pool, name)
    return readFacts(pool)
  }),
})

export const newFleet = defineReport({
  ...ofFleet,
  word: 'new-fleet',
  group: 'Repair',
  summary: 'make a copied database a deployment of its own',
  details:
    'A copy has the id of the original, so clients mix them up. This gives it an id, a name and an epoch of its own.',
  examples: [['new-fleet staging', 'on a copy of the database of production']],
  input: z.object({ name: fleetName }),
  operands: [{ field: 'name', name: 'NAME', description: 'the name of the new deployment' }],
  read: onDatabase(async ({ pool }, { name }: { name: string }) => {
    await foundFleet(pool, name)
    return readFacts(pool)
  }),
})

async function readFacts(pool: pg.Pool): Promise<FleetFacts> {
  return (await readFleet(pool)) ?? {}
}

export function describeFacts({ id, name }: FleetFacts): string {
  if (id === undefined) return 'Fleet: none yet.'
  return `Fleet: ${describeFleet({ id, ...(name !== undefined && { name }) })}.`
}
