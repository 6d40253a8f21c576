// The worker's side of the queue: everything that names pgmq, except the functions in drizzle/.
import { EmbeddedPostgresError, readPgmqScript } from '../embedded-postgres/embedded-binaries.ts'
import { sqlStateOf } from './database-errors.ts'
import type { Queryable } from './queryable.ts'

const QUEUE = 'task_preferences'

export class PgmqUnavailableError extends Error {
  override readonly name = 'PgmqUnavailableError'
}

interface PgmqState {
  readonly installed: boolean
  /** Of the extension; null where pgmq was installed by its own SQL. */
  readonly version: string | null
  readonly queue: boolean
}

export async function findPgmq(queryable: Queryable): Promise<PgmqState> {
  const { rows } = await queryable.query<PgmqState>(`
    select
      to_regclass('pgmq.meta') is not null as installed,
      (select extversion from pg_extension where extname = 'pgmq') as version,
      to_regclass('pgmq.q_${QUEUE}') is not null as queue`)
  return rows[0] ?? { installed: false, version: null, queue: false }
}

/**
 * Installs pgmq and creates the queue where they are missing: the extension where it can be created, else
 * pgmq's own SQL in the schema `pgmq`, as its authors document for managed Postgres.
 *
 * @throws PgmqUnavailableError when neither is possible, or pgmq is older than 1.5.
 */
export async function installPgmq(queryable: Queryable): Promise<void> {
  const { installed, version, queue } = await findPgmq(queryable)
  if (version !== null && !isSupported(version)) {
    throw new PgmqUnavailableError(
      `pgmq ${version} is too old, 1.5 or newer is needed: run "alter extension pgmq update"`,
    )
  }
  if (!installed && !(await createExtension(queryable))) {
    await queryable.query(await readScript())
  }
  if (!queue) await queryable.query('select pgmq.create($1)', [QUEUE])
  await queryable.query(freeProducers)
}

/**
 * pgmq's functions for producers depend on the caller's settings: with standard_conforming_strings off, they do
 * not compile. Here they get their own, unless this role does not own them.
 */
const freeProducers = `
  do $$
  declare
    producer regprocedure;
  begin
    for producer in
      select oid from pg_proc
      where pronamespace = 'pgmq'::regnamespace and proname in ('send', 'send_batch') and proconfig is null
    loop
      execute format('alter function %s set standard_conforming_strings = on set search_path = pg_catalog', producer);
    end loop;
  exception
    when insufficient_privilege or read_only_sql_transaction then null;
  end $$`

/** An outcome that never gets into the queue. */
interface RejectedOutcome {
  /** Place in the message as it arrived, from 0. */
  readonly index: number
  readonly reason: string
  readonly outcome: unknown
}

/**
 * Appends one message, a bare outcome or a sealed batch, to the queue. Returns its id there.
 *
 * @param sentAt When it was sent, by its sender's clock.
 * @param rejected Outcomes that are not in the message any more: in the same transaction they become dead letters.
 */
export async function sendMessage(
  queryable: Queryable,
  message: object,
  sentAt?: Date,
  rejected: readonly RejectedOutcome[] = [],
): Promise<number> {
  const values = [QUEUE, JSON.stringify(message), sentAt && JSON.stringify({ sent_at: sentAt })]
  const { rows } = await queryable.query<{ messageId: number }>(
    rejected.length === 0
      ? { ...plainSend, values }
      : { ...sendWithRejected, values: [...values, JSON.stringify(rejected)] },
  )
  const [sent] = rows
  if (sent === undefined) throw new Error('pgmq answered a send without the id of the message')
  return sent.messageId
}

const plainSend = {
  name: 'send-message',
  text: 'select sent::float8 as "messageId" from pgmq.send($1, $2::jsonb, $3::jsonb) as sent',
}

const sendWithRejected = {
  name: 'send-with-rejected',
  text: `
    with sent as (
      select message_id from pgmq.send($1, $2::jsonb, $3::jsonb) as message_id
    ),
    rejected_ones as (
      insert into winrate.rejected_outcomes
        (reason, message_id, enqueued_at, ordinal, batch_id, instance_id, payload)
      select reason, message_id, now(), index + 1, $2::jsonb ->> 'batch_id',
        left(coalesce(outcome ->> 'instance_id', $2::jsonb ->> 'instance_id'), 200), outcome
      from sent
      cross join jsonb_to_recordset($4::jsonb) as rejected (index integer, reason text, outcome jsonb)
    )
    select message_id::float8 as "messageId" from sent`,
}

/** A message that one consumer tries by itself. `attempts` includes this one. */
export interface ClaimedMessage {
  readonly messageId: string
  readonly attempts: number
}

/**
 * Claims the oldest visible message. The attempt is counted first, and the message stays invisible for longer after
 * each: 5 s, 10 s, up to an hour. So a message that ends this process or the database is tried ever more rarely.
 */
export async function claimMessage(queryable: Queryable): Promise<ClaimedMessage | undefined> {
  const { rows } = await queryable.query<ClaimedMessage>({
    name: 'claim-message',
    text: `
      update pgmq.q_${QUEUE}
      set read_ct = least(read_ct, 1000) + 1,
        vt = clock_timestamp() + least(3600, 5 * 2 ^ greatest(0, least(read_ct, 20))) * interval '1 second'
      where msg_id = (
        select msg_id from pgmq.q_${QUEUE}
        where vt <= clock_timestamp()
        order by msg_id
        limit 1
        for update skip locked
      )
      returning msg_id as "messageId", read_ct as attempts`,
  })
  return rows[0]
}

/** Takes a claim back, as if it had not been made: what failed was not the message. */
export async function releaseMessage(queryable: Queryable, messageId: string): Promise<void> {
  await queryable.query(
    `update pgmq.q_${QUEUE}
     set read_ct = greatest(0, read_ct - 1), vt = clock_timestamp()
     where msg_id = $1`,
    [messageId],
  )
}

export interface QueueState {
  readonly depth: number
  /** Age of the oldest message in seconds; null when there is none. */
  readonly lagSeconds: number | null
}

/** The id of the newest message that waits; 0 where none does. */
export async function newestMessage(queryable: Queryable): Promise<string> {
  const { rows } = await queryable.query<{ id: string }>(
    `select coalesce(max(msg_id), 0)::text as id from pgmq.q_${QUEUE}`,
  )
  return rows[0]?.id ?? '0'
}

/** How many messages wait, up to this one. */
export async function countQueued(queryable: Queryable, newest: string): Promise<number> {
  const { rows } = await queryable.query<{ queued: number }>(
    `select count(*)::float8 as queued from pgmq.q_${QUEUE} where msg_id <= $1`,
    [newest],
  )
  return rows[0]?.queued ?? 0
}

/** How much waits, and how long the oldest has waited. */
export async function readQueueState(queryable: Queryable): Promise<QueueState> {
  const { rows } = await queryable.query<QueueState>(`
    select
      (select count(*) from pgmq.q_${QUEUE})::float8 as depth,
      (
        -- A producer that writes the table itself may make the time up.
        select extract(epoch from clock_timestamp() - least(greatest(enqueued_at, '2000-01-01 00:00Z'), now()))::float8
        from pgmq.q_${QUEUE}
        order by msg_id
        limit 1
      ) as "lagSeconds"`)
  return rows[0] ?? { depth: 0, lagSeconds: null }
}

async function createExtension(queryable: Queryable): Promise<boolean> {
  const { rows } = await queryable.query(`select from pg_available_extensions where name = 'pgmq'`)
  if (rows.length === 0) return false
  try {
    await queryable.query('create extension if not exists pgmq')
    return true
  } catch (error) {
    // Without the right to create extensions, pgmq's own SQL does the same.
    if (sqlStateOf(error) === '42501') return false
    throw error
  }
}

async function readScript(): Promise<string> {
  try {
    return await readPgmqScript()
  } catch (cause) {
    if (!(cause instanceof EmbeddedPostgresError)) throw cause
    throw new PgmqUnavailableError(
      'this Postgres has no pgmq: install the extension, or run the SQL file of a pgmq release (1.5 or newer) in this database, or install the optional package "@electric-sql/pglite-pgmq" so that Winrate can do it',
      { cause },
    )
  }
}

function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 1 || (major === 1 && minor >= 5)
}
