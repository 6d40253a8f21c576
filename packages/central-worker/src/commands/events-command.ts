// `npx winrate events`: what changed.
import { eventKinds, eventsBodySchema, type WinrateEvent } from '@winrate/shared-schema/http'
import { type EventsQuery, eventsQuerySchema, readEvents } from '../events/read-events.ts'
import { defineReport } from './command.ts'
import { onDatabase } from './on-database.ts'
import { formatTable } from './print.ts'
import { databaseVariables } from './variable-phrases.ts'

export const events = defineReport({
  word: 'events',
  group: 'Look',
  summary: 'what changed, and when',
  details:
    'The newest first: breaks, quarantines, pins, canaries, other policies and prices, missing outcomes. They are kept as long as outcomes.',
  flags: [
    {
      name: '--kind',
      value: 'KINDS',
      description: `${eventKinds.join(', ')}; several between commas`,
    },
    { name: '--task-type', value: 'TYPE', description: 'only what is about this task type' },
    { name: '--instance-id', value: 'ID', description: 'only what is about this instance' },
    { name: '--hours', value: 'N', description: 'how far back' },
    { name: '--before', value: 'ID', description: 'only events before the one of this id' },
    { name: '--limit', value: 'N', description: 'how many (default 100, at most 500)' },
  ],
  examples: [
    ['events', 'the last hundred'],
    ['events --kind break,quarantine --hours 24', 'what went wrong since yesterday'],
  ],
  variables: databaseVariables,
  input: eventsQuerySchema.omit({ after: true }),
  facts: eventsBodySchema,
  read: onDatabase(({ pool }, query: EventsQuery) => readEvents(pool, query)),
  describe({ events: all, more }) {
    const last = all.at(-1)
    if (last === undefined) return 'Nothing has changed.'
    const table = formatTable([['id', 'at', 'kind', 'by', 'what'], ...all.map(rowOf)])
    return more ? `${table}\nand more; see "npx winrate events --before ${last.id}"` : table
  },
})

function rowOf({ id, at, kind, by, message }: WinrateEvent): string[] {
  return [String(id), at, kind, by ?? '', message]
}
