// Deletes what is stored of one instance, or of one prompt. Guarantees: at any moment the rollups say what the stored
// outcomes do, and an event what is deleted of them; ingest and ticks go on; whoever begins again after an interruption finishes it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { ForgetFacts } from '@winrate/shared-schema/http'
import type pg from 'pg'
import { noteEvents } from '../events/note-events.ts'
import { countQueued, newestMessage } from '../postgres/pgmq.ts'
import { inTransaction, type Queryable } from '../postgres/queryable.ts'

/** Whose data: an instance's, or that of a prompt, by its SHA-256 in hex. */
export type Subject =
  | { readonly kind: 'instance'; readonly id: string }
  | { readonly kind: 'prompt'; readonly id: string }

export interface ForgetOptions {
  /** How long it waits for a worker to store what is queued already. Default a minute. */
  readonly queueWaitMs?: number
  /** Called after each part with the number of outcomes so far. */
  readonly onPart?: (outcomes: number) => void
}

/** Batches wait while a part is deleted. */
const OUTCOMES_PER_PART = 1_000
const POLL_MS = 250

/** What there is of it, with nothing deleted. */
export async function countSubject(queryable: Queryable, subject: Subject): Promise<ForgetFacts> {
  const { rows } = await queryable.query<{ outcomes: number; deadLetters: number }>(
    `select
       (select count(*)::float8 from winrate.task_preferences where ${matches[subject.kind]}) as outcomes,
       (select count(*)::float8 from winrate.rejected_outcomes where ${names[subject.kind]}) as "deadLetters"`,
    [subject.id],
  )
  const { outcomes = 0, deadLetters = 0 } = rows[0] ?? {}
  const queued = await countQueued(queryable, await newestMessage(queryable))
  return { ...facts(subject), deleted: false, outcomes, deadLetters, queued }
}

/**
 * Deletes it. What was queued before is stored first, as nobody can tell whose it is; what arrives later stays.
 */
export async function forget(
  pool: pg.Pool,
  subject: Subject,
  { queueWaitMs = 60_000, onPart = () => {} }: ForgetOptions = {},
): Promise<ForgetFacts> {
  const queued = await waitForQueue(pool, queueWaitMs)
  const note = createNote(subject)
  const outcomes = await deleteOutcomes(pool, { subject, note, onPart })
  const deadLetters = await inTransaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `delete from winrate.rejected_outcomes where ${names[subject.kind]}`,
      [subject.id],
    )
    await note(client, { outcomes, deadLetters: rowCount ?? 0 })
    return rowCount ?? 0
  })
  if (subject.kind === 'instance') await deleteNames(pool, subject.id)
  await inTransaction(pool, (client) => note(client, { outcomes, deadLetters, isDone: true }))
  return { ...facts(subject), deleted: true, outcomes, deadLetters, queued }
}

interface Deleted {
  readonly outcomes: number
  readonly deadLetters: number
  readonly isDone?: boolean
}

type Note = (client: Queryable, deleted: Deleted) => Promise<void>

/** One event for each call, which says at any moment what this call has deleted: each part changes it in its transaction. */
function createNote(subject: Subject): Note {
  let eventId: string | undefined
  return async (client, { outcomes, deadLetters, isDone = false }) => {
    const soFar = isDone ? '' : ' so far'
    const message = `${describe(subject)} is deleted: ${outcomes} outcomes and ${deadLetters} dead letters${soFar}.`
    if (eventId !== undefined) {
      await client.query('update winrate.events set message = $2 where event_id = $1', [
        ...[eventId, message],
      ])
      return
    }
    const problem = await noteEvents(client, [{ kind: 'forget', message }])
    if (problem !== undefined) throw problem
    const { rows } = await client.query<{ id: string }>(
      `select currval(pg_get_serial_sequence('winrate.events', 'event_id')) as id`,
    )
    eventId = rows[0]?.id
  }
}

/** Returns how many messages still wait of those that were there at the beginning. */
async function waitForQueue(pool: Queryable, waitMs: number): Promise<number> {
  const newest = await newestMessage(pool)
  const until = performance.now() + waitMs
  for (;;) {
    const queued = await countQueued(pool, newest)
    if (queued === 0 || performance.now() >= until) return queued
    await sleep(POLL_MS)
  }
}

interface DeletionOfOutcomes {
  readonly subject: Subject
  readonly note: Note
  readonly onPart: (outcomes: number) => void
}

async function deleteOutcomes(
  pool: pg.Pool,
  { subject: { kind, id }, note, onPart }: DeletionOfOutcomes,
): Promise<number> {
  let after = '00000000-0000-0000-0000-000000000000'
  let total = 0
  for (;;) {
    const { rows } = await pool.query<{ id: string }>(
      `select outcome_id as id from winrate.task_preferences
       where outcome_id > $2 and (${matches[kind]})
       order by outcome_id
       limit $3`,
      [id, after, OUTCOMES_PER_PART],
    )
    const ids = rows.map((row) => row.id)
    const last = ids.at(-1)
    if (last === undefined) return total
    const before = total
    total = await inTransaction(pool, async (client) => {
      const deleted = await client.query<{ outcomes: number }>(
        'select winrate.forget_outcomes($1)::float8 as outcomes',
        [ids],
      )
      const outcomes = before + (deleted.rows[0]?.outcomes ?? 0)
      await note(client, { outcomes, deadLetters: 0 })
      return outcomes
    })
    onPart(total)
    after = last
  }
}

/**
 * Where an instance is named besides. What operators say of it stays: verdicts, and the tokens that speak for it. Each by
 * itself, so that no tick waits for it in a circle.
 */
async function deleteNames(pool: Queryable, instanceId: string): Promise<void> {
  for (const table of ['instance_sessions', 'decided_hours', 'instance_quarantines', 'events']) {
    await pool.query(`delete from winrate.${table} where instance_id = $1`, [instanceId])
  }
  await pool.query(
    'update winrate.missing_outcomes set instances = instances - $1::text where instances ? $1::text',
    [instanceId],
  )
  await pool.query('select winrate.forget_instance_sums($1)', [instanceId])
}

/** Outcomes. A prompt that was sent as text may have come without its hash. */
const matches = {
  instance: 'instance_id = $1',
  prompt: `prompt_hash = $1 or (prompt_hash is null and encode(sha256(convert_to(prompt, 'UTF8')), 'hex') = $1)`,
}

/** Dead letters: an outcome, or a whole message with it. */
const names = {
  instance: `instance_id = $1 or payload ->> 'instance_id' = $1
    or jsonb_path_exists(payload, '$.outcomes[*].instance_id ? (@ == $id)', jsonb_build_object('id', $1::text))`,
  prompt: `payload ->> 'prompt_hash' = $1
    or encode(sha256(convert_to(payload ->> 'prompt', 'UTF8')), 'hex') = $1
    or jsonb_path_exists(payload, '$.outcomes[*].prompt_hash ? (@ == $id)', jsonb_build_object('id', $1::text))
    or exists (
      select from jsonb_path_query(payload, '$.outcomes[*].prompt') as prompt
      where encode(sha256(convert_to(prompt #>> '{}', 'UTF8')), 'hex') = $1)`,
}

function facts({ kind, id }: Subject) {
  return { instanceId: kind === 'instance' ? id : null, promptHash: kind === 'prompt' ? id : null }
}

function describe({ kind, id }: Subject): string {
  return kind === 'instance'
    ? `What is stored of the instance ${id}`
    : `What is stored of the prompt ${id.slice(0, 12)}…`
}
