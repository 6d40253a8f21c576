// The commands that bring the database up to date or repair it.
import { suggestName } from '@winrate/shared-schema/contracts'
import { type DeadLettersBody, deadLettersBodySchema } from '@winrate/shared-schema/http'
import { z } from 'zod'
import { requeueRejected } from '../ingest/requeue-rejected.ts'
import { migrateDatabase } from '../postgres/migrate.ts'
import { rebuildRollupsByDay } from '../postgres/rebuild-rollups.ts'
import { takeDirectInsert } from '../postgres/roles.ts'
import { readDeadLetters } from '../reading/read-dead-letters.ts'
import { defineReport } from './command.ts'
import { onDatabase } from './on-database.ts'
import { formatTable, printProgress } from './print.ts'
import { databaseVariables } from './variable-phrases.ts'

export const migrate = defineReport({
  word: 'migrate',
  group: 'Repair',
  summary: "bring the database to this version's schema",
  details:
    'A worker does the same when it starts, unless WINRATE_MIGRATE_ON_START is false. Old workers go on beside it.',
  flags: [
    {
      name: '--revoke-direct-insert',
      description:
        'take from winrate_publisher what agents of versions without winrate.send need: to write the table of the queue itself',
    },
  ],
  examples: [
    ['migrate', 'as the owner of the schemas'],
    ['migrate --revoke-direct-insert', 'once no agent of a version without winrate.send runs'],
  ],
  variables: [...databaseVariables, 'REDIS_URL'],
  input: z.object({ revokeDirectInsert: z.boolean().optional() }),
  facts: z.object({
    /** Migrations that are applied now. */
    applied: z.int(),
    /** Statements that an administrator has yet to run, so that each role may what it is for, and no more. */
    missingRights: z.array(z.string()).readonly(),
  }),
  read: onDatabase(
    async (
      { connectionString, config, pool },
      { revokeDirectInsert }: { revokeDirectInsert?: boolean | undefined },
    ) => {
      await migrateDatabase(connectionString)
      // Whoever migrates owns it then, and grants it to workers that may not make it.
      if (config.redisUrl === undefined) {
        const { makeSchedule } = await import('../clock/tick-schedule.ts')
        await makeSchedule(pool)
      }
      const { applied, missingRights } = await migrateDatabase(connectionString)
      if (revokeDirectInsert !== true) return { applied, missingRights }
      return { applied, missingRights: [...missingRights, ...(await takeDirectInsert(pool))] }
    },
    { anySchema: true, creates: true },
  ),
  describe: ({ applied, missingRights }) =>
    [
      `The schema is up to date: ${applied} migrations applied.`,
      ...(missingRights.length === 0
        ? []
        : [
            'The roles lack rights, or have too many, before an administrator of this database runs:',
          ]),
      ...missingRights.map((statement) => `  ${statement};`),
    ].join('\n'),
})

export const rebuildRollups = defineReport({
  word: 'rebuild-rollups',
  group: 'Repair',
  summary: 'sum the rollups again',
  details:
    'For use after outcomes were changed by hand. It goes from day to day, and tells on the standard error how far it is. Ingest and ticks go on meanwhile.',
  examples: [
    ['rebuild-rollups', 'all days'],
    ['rebuild-rollups 2026-11-29', 'go on where a rebuild was interrupted'],
  ],
  variables: databaseVariables,
  input: z.object({ firstDay: z.iso.date('must be a day, as 2026-11-29').optional() }),
  operands: [
    { field: 'firstDay', name: 'FIRST_DAY', description: 'the first day (UTC), as 2026-11-29' },
  ],
  facts: z.object({
    /** Rollups that differed from the outcomes and were corrected. */
    corrected: z.int(),
  }),
  read: onDatabase(async ({ pool }, { firstDay }: { firstDay?: string | undefined }) => ({
    corrected: await rebuildRollupsByDay(pool, firstDay, ({ day, place, days, differed }) => {
      printProgress(
        `${day} (${place} of ${days}): ${differed} rollups differed. To continue here, add ${day}.`,
      )
    }),
  })),
  describe: ({ corrected }) =>
    `${corrected} rollups differed from the outcomes and were corrected; the next tick shows them.`,
})

export const deadLetters = defineReport({
  word: 'dead-letters',
  group: 'Look',
  summary: 'why outcomes were rejected, and how many',
  details:
    'Of the reasons it lists the 50 most frequent. "npx winrate requeue" puts back all of one.',
  examples: [['dead-letters', '']],
  variables: databaseVariables,
  input: z.object({}),
  facts: deadLettersBodySchema,
  read: onDatabase(({ pool }) => readDeadLetters(pool)),
  describe: ({ reasons }) =>
    reasons.length === 0 ? 'There are no dead letters.' : describeReasons(reasons),
})

export const requeue = defineReport({
  word: 'requeue',
  group: 'Repair',
  summary: 'queue all dead letters of a reason again',
  details:
    'A reason of several words stands in quotes. It works in parts, and tells on the standard error how far it is; after an interruption, call it again. Where no dead letter has the reason, it lists the reasons that there are.',
  failure: 'no dead letter has this reason',
  examples: [
    ['requeue success_missing', 'after its producer was mended'],
    [`requeue 'statement_failed 23514: "it" refused'`, 'a reason of several words'],
  ],
  variables: databaseVariables,
  input: z.object({ reason: z.string() }),
  operands: [{ field: 'reason', name: 'REASON', description: 'the whole reason' }],
  facts: z.object({ reason: z.string(), requeued: z.int() }),
  read: onDatabase(async ({ pool }, { reason }: { reason: string }) => {
    const { requeued } = await requeueRejected(pool, reason, (soFar) => {
      printProgress(`${soFar} so far`)
      return true
    })
    if (requeued === 0) assertReason(reason, (await readDeadLetters(pool)).reasons)
    return { reason, requeued }
  }),
  describe: ({ requeued }) => `${requeued} dead letters are back in the queue.`,
})

type RejectedCounts = DeadLettersBody['reasons']

/** Others may have requeued them meanwhile; a reason that nobody knows is a mistake. */
function assertReason(reason: string, counts: RejectedCounts): void {
  const known = counts.map((each) => each.reason)
  if (known.includes(reason)) return
  if (known.length === 0) throw new Error('there are no dead letters')
  throw new Error(
    `no dead letter has the reason "${reason}"${suggestName(reason, known)}; there are:\n${describeReasons(counts)}`,
  )
}

function describeReasons(counts: RejectedCounts): string {
  return formatTable([
    ['dead letters', 'reason'],
    ...counts.map(({ reason, deadLetters }) => [String(deadLetters), reason]),
  ])
}
