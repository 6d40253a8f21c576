// What operators decide about instances, and whose outcomes are left out.
import {
  type Quarantine,
  quarantinesBodySchema,
  type Verdict,
  verdictChangeSchema,
} from '@winrate/shared-schema/http'
import { z } from 'zod'
import {
  createInstanceVerdicts,
  quarantineSchema,
  releaseSchema,
} from '../quarantine/instance-verdicts.ts'
import { readQuarantines } from '../reading/read-quarantines.ts'
import { defineReport } from './command.ts'
import { onDatabase } from './on-database.ts'
import { formatTable } from './print.ts'
import { databaseVariables } from './variable-phrases.ts'

const instance = {
  field: 'instanceId',
  name: 'INSTANCE',
  description: 'the id that its outcomes carry; after "--" where it begins with "-"',
} as const

export const quarantine = defineReport({
  word: 'quarantine',
  group: 'Change whose outcomes count',
  summary: 'leave out what an instance sent',
  details:
    'It holds from the next tick on. Its outcomes stay stored, and count again after "npx winrate release".',
  examples: [
    ["quarantine web-3 'reports success always'", 'a reason of several words'],
    ["quarantine -- -web-3 'same, for a name that begins with a dash'", ''],
  ],
  variables: [...databaseVariables, 'WINRATE_WINDOW_DAYS'],
  input: quarantineSchema,
  operands: [
    instance,
    { field: 'reason', name: 'REASON', description: 'shown with the quarantine' },
  ],
  facts: verdictChangeSchema,
  read: onDatabase(async ({ config, pool }, input: z.output<typeof quarantineSchema>) =>
    createInstanceVerdicts(pool, config.windowDays).quarantine(input),
  ),
  describe: ({ message }) => message,
})

export const release = defineReport({
  word: 'release',
  group: 'Change whose outcomes count',
  summary: 'count an instance again',
  details:
    'It holds from the next tick on. An instance that an operator quarantined is judged by its numbers again. One that its numbers led to is trusted from then on, whatever its numbers.',
  failure: 'the instance is not quarantined',
  examples: [
    ['release web-3', ''],
    ["release web-3 'its check is mended'", ''],
  ],
  variables: [...databaseVariables, 'WINRATE_WINDOW_DAYS'],
  input: releaseSchema,
  operands: [instance, { field: 'reason', name: 'REASON', description: 'shown with its state' }],
  facts: verdictChangeSchema,
  read: onDatabase(async ({ config, pool }, input: z.output<typeof releaseSchema>) =>
    createInstanceVerdicts(pool, config.windowDays).release(input),
  ),
  describe: ({ message }) => message,
})

export const quarantines = defineReport({
  word: 'quarantines',
  group: 'Look',
  summary: 'whose outcomes are left out, why and since when',
  examples: [['quarantines', '']],
  variables: databaseVariables,
  input: z.object({}),
  facts: quarantinesBodySchema,
  read: onDatabase(async ({ pool }) => readQuarantines(pool)),
  describe({ quarantines: all, more = 0 }) {
    if (all.length === 0) return 'No instance is quarantined, and no operator has decided anything.'
    const header = ['instance', 'state', 'task type', 'model', 'left out', 'win rate', 'expected']
    const table = formatTable([[...header, 'since', 'reason'], ...all.flatMap(describeQuarantine)])
    return more > 0 ? `${table}\nand ${more} more instances` : table
  },
})

function describeQuarantine({ instanceId, verdict, cells, moreCells }: Quarantine): string[][] {
  const decided = verdict?.verdict
  const pending = decided === 'quarantined' ? 'quarantined at the next tick' : 'trusted'
  if (cells.length === 0) {
    const since = verdict?.decidedAt ?? ''
    return [[instanceId, pending, '', '', '0', '', '', since, verdict?.reason ?? '']]
  }
  const rows = cells.map((cell) => [
    instanceId,
    stateOf(decided, cell.reason),
    cell.taskType,
    cell.thinkingLevel === null ? cell.modelName : `${cell.modelName} (${cell.thinkingLevel})`,
    String(cell.samples),
    cell.winRate.toFixed(3),
    cell.expectedWinRate?.toFixed(3) ?? '',
    cell.since,
    verdict?.reason ?? cell.reason,
  ])
  return moreCells === undefined ? rows : [...rows, [instanceId, `and ${moreCells} more cells`]]
}

/** What the last tick did, or what the next one will do when an operator has decided since. */
function stateOf(decided: Verdict['verdict'] | undefined, reason: string): string {
  if (decided === 'trusted') return 'trusted from the next tick'
  if (decided === undefined && reason === 'operator') return 'released at the next tick'
  return 'quarantined'
}
