// Events are noted in the transaction that makes the change they tell of, so that one never stands without the other.
// Guarantees: what goes wrong with an event undoes nothing but the event; a flood of invented names is told in a few lines.
import type { EventKind } from '@winrate/shared-schema/http'
import { sqlStateOf } from '../postgres/database-errors.ts'
import type { Queryable } from '../postgres/queryable.ts'
import { printable } from '../runtime/printable-text.ts'
import { storableText } from '../runtime/storable-text.ts'

/** Something that has changed. What it is not about is left out. */
export interface NewEvent {
  readonly kind: EventKind
  /** A sentence for people. Names in it may come from clients. */
  readonly message: string
  readonly taskType?: string | undefined
  readonly provider?: string | undefined
  readonly modelName?: string | undefined
  /** Empty counts as none. */
  readonly thinkingLevel?: string | undefined
  readonly instanceId?: string | undefined
  /** The worker that found it; an operator by default. */
  readonly by?: string | undefined
}

export const OPERATOR = 'operator'

/** What one change tells one by one of a kind; clients may invent any number of names. */
const MOST_OF_KIND = 20
const MOST_MESSAGE_CHARS = 1_000

/** What may come and go with every tick: the same of these is told once an hour. */
const flickering: readonly EventKind[] = ['policy', 'catalogue', 'failing', 'answering', 'left-out']

/**
 * Adds events to the transaction that `queryable` is in. An event that cannot be stored is left out; returns why, undefined
 * where all were stored. Rejects only where the connection is lost.
 */
export async function noteEvents(
  queryable: Queryable,
  events: readonly NewEvent[],
): Promise<Error | undefined> {
  if (events.length === 0) return undefined
  await queryable.query('savepoint noting_events')
  try {
    await insertEvents(queryable, limitEvents(events))
    await queryable.query('release savepoint noting_events')
    return undefined
  } catch (error) {
    if (!(error instanceof Error) || sqlStateOf(error) === undefined) throw error
    await queryable.query('rollback to savepoint noting_events')
    return error
  }
}

async function insertEvents(queryable: Queryable, events: readonly NewEvent[]): Promise<void> {
  await queryable.query({
    name: 'insert-events',
    text: `
      insert into winrate.events
        (kind, task_type, provider, model_name, thinking_level, instance_id, message, caused_by)
      select kind, "taskType", provider, "modelName", nullif("thinkingLevel", ''), "instanceId", message, by
      from jsonb_to_recordset($1::jsonb) as event (
        kind text, "taskType" text, provider text, "modelName" text, "thinkingLevel" text,
        "instanceId" text, message text, by text
      )
      where not (
        kind = any($2) and exists (
          select from winrate.events as known
          where known.event_id > (select max(event_id) from winrate.events) - 1000
            and known.happened_at > now() - interval '1 hour'
            and (known.kind, known.message) = (event.kind, event.message)
        )
      )`,
    values: [JSON.stringify(events.map(toRow)), flickering],
  })
}

function toRow({ message, by = OPERATOR, ...about }: NewEvent) {
  const text = printable(storableText(message))
  const row = Object.fromEntries(
    Object.entries(about).map(([name, value]) => [name, value && storableText(value)]),
  )
  return { ...row, message: cut(text), by }
}

function cut(text: string): string {
  return text.length <= MOST_MESSAGE_CHARS
    ? text
    : storableText(`${text.slice(0, MOST_MESSAGE_CHARS - 1)}…`)
}

/** At most 20 of a kind, and one that counts the others. */
export function limitEvents(events: readonly NewEvent[]): readonly NewEvent[] {
  const byKind = new Map<EventKind, NewEvent[]>()
  for (const event of events) {
    const known = byKind.get(event.kind)
    if (known === undefined) byKind.set(event.kind, [event])
    else known.push(event)
  }
  return [...byKind].flatMap(([kind, all]) => {
    const untold = all.length - MOST_OF_KIND
    if (untold <= 0) return all
    const rest = {
      kind,
      by: all[0]?.by,
      message: `And ${untold} more of this kind at the same time.`,
    }
    return [...all.slice(0, MOST_OF_KIND), rest]
  })
}
