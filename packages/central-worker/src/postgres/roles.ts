// The roles that logins are given, and what each may do: `winrate_publisher` for agents that connect to Postgres,
// `winrate_worker` for workers that do not migrate, `winrate_reader` for dashboards; agents of a project have a role of that project.
// The owner is whoever migrates. A migration may lack the right to create roles, or to grant what another role owns: an
// administrator does the rest.
import pg from 'pg'
import { sqlStateOf } from './database-errors.ts'
import { findOpening, findPublisher } from './project-roles.ts'
import type { Queryable } from './queryable.ts'

const QUEUE_TABLE = 'pgmq.q_task_preferences'
const QUEUE_IDS = 'pgmq.q_task_preferences_msg_id_seq'
const AGENTS_CALL = [
  'winrate.pull_snapshot(uuid, bigint, text)',
  'winrate.send(text, text)',
] as const
const WRITING = 'select, insert, update, delete'

/** Numbers, with the names that they are of. */
const READABLE_TABLES = [
  ...['task_metrics', 'task_metrics_history', 'outcome_rollups', 'pipeline_minutes'],
  ...[
    'budgets',
    'experiments',
    'experiment_rollups',
    'reporting_delays',
    'missing_outcomes',
    'unequal_verdicts',
  ],
] as const
/** Of tables that also hold what people wrote, or what tells it: prompts and their hashes, feedback, reasons, contexts. */
const READABLE_COLUMNS: Readonly<Record<string, string>> = {
  task_preferences:
    'outcome_id, decision_id, task_type, model_name, provider, thinking_level, response_quality, success, response_time_ms, cost_usd, instance_id, corrects, propensity, snapshot_version, occurred_at, inserted_at, counted, failure_kind, decided_at, attempt, input_tokens, cache_read_tokens, output_tokens, arm, experiment',
  snapshots: 'epoch, version, created_at, hash, cells, samples, left_out_cells',
  instance_quarantines:
    'instance_id, task_type, model_name, provider, thinking_level, samples, win_rate, expected_win_rate, since',
}

/** A statement, whether what it does is done already, and whether there is what it is about; `grantee` is the role. */
interface Right {
  readonly run: string
  readonly done: string
  readonly applies?: string
}

const roles: Readonly<Record<string, readonly Right[]>> = {
  winrate_publisher: [
    ...publishingRights('winrate_publisher'),
    {
      // What versions without winrate.send granted lets an agent make up ids. Its pgmq.send needs these columns.
      run: `revoke insert on ${QUEUE_TABLE} from winrate_publisher; grant insert (vt, message, headers) on ${QUEUE_TABLE} to winrate_publisher`,
      done: 'false',
      applies: hasOwn('insert'),
    },
  ],
  winrate_worker: [
    ...['winrate', 'winrate_migrations', 'pgmq'].map((schema) => usageOf(schema, 'winrate_worker')),
    {
      run: 'grant select on all tables in schema winrate_migrations to winrate_worker',
      done: everyTable('winrate_migrations', `has_table_privilege(grantee, oid, 'select')`),
    },
    {
      run: `grant ${WRITING} on all tables in schema winrate to winrate_worker`,
      done: everyTable('winrate', mayWrite('oid')),
    },
    {
      run: 'grant execute on all functions in schema winrate to winrate_worker',
      done: everyFunction('winrate'),
    },
    {
      run: `grant ${WRITING} on ${QUEUE_TABLE} to winrate_worker`,
      done: mayWrite(`'${QUEUE_TABLE}'`),
    },
    {
      run: `grant select on sequence ${QUEUE_IDS} to winrate_worker`,
      done: `has_sequence_privilege(grantee, '${QUEUE_IDS}', 'select')`,
    },
    // Of the clock in Postgres, where there is one.
    ...[
      usageOf('bullmq', 'winrate_worker'),
      {
        run: `grant ${WRITING} on all tables in schema bullmq to winrate_worker`,
        done: everyTable('bullmq', mayWrite('oid')),
      },
      {
        run: 'grant usage on all sequences in schema bullmq to winrate_worker',
        done: `not exists (
          select from pg_class where relnamespace = to_regnamespace('bullmq') and relkind = 'S'
            and not has_sequence_privilege(grantee, oid, 'usage'))`,
      },
    ].map((right) => ({ ...right, applies: `to_regnamespace('bullmq') is not null` })),
  ],
  winrate_reader: [
    usageOf('winrate', 'winrate_reader'),
    ...READABLE_TABLES.map((table) => ({
      run: `grant select on winrate.${table} to winrate_reader`,
      done: `has_table_privilege(grantee, 'winrate.${table}', 'select')`,
    })),
    ...Object.entries(READABLE_COLUMNS).map(([table, columns]) => ({
      run: `grant select (${columns}) on winrate.${table} to winrate_reader`,
      done: columns
        .split(', ')
        .map((column) => `has_column_privilege(grantee, 'winrate.${table}', '${column}', 'select')`)
        .join(' and '),
    })),
  ],
}

/** In the database of a project: of its own agents. */
function rightsOfPublisher(publisher: string, database: string): (Right & { role: string })[] {
  const role = pg.escapeIdentifier(publisher)
  const quoted = pg.escapeIdentifier(database)
  const connect = {
    run: `grant connect on database ${quoted} to ${role}`,
    done: `has_database_privilege(grantee, current_database(), 'connect')`,
  }
  return [connect, ...publishingRights(role)].map((right) => ({ role, ...right }))
}

const rights = Object.entries(roles).flatMap(([role, granted]) => [
  { role, run: `create role ${role} nologin`, done: 'true' },
  ...granted.map((right) => ({ role, ...right })),
])

/** No right to do it, done by another migration meanwhile, no such role, or a standby. */
const tolerated = ['42501', '42710', '23505', '42704', '25006']

/** The statements that an administrator has yet to run; none where each role may what it is for. */
export async function findMissingRights(queryable: Queryable): Promise<readonly string[]> {
  return [...(await findMissingGrants(queryable)), ...(await findOpening(queryable))]
}

/** Runs those that this role may run. */
export async function grantRoles(queryable: Queryable): Promise<void> {
  // What has no rights in a database when it is closed stays out: the grants come first.
  for (const find of [findMissingGrants, findOpening]) {
    for (const statement of await find(queryable)) await runIfAllowed(queryable, statement)
  }
}

async function findMissingGrants(queryable: Queryable): Promise<readonly string[]> {
  const publisher = await findPublisher(queryable)
  const wanted: (Right & { role: string })[] = [
    ...rights,
    ...(publisher === undefined ? [] : rightsOfPublisher(publisher.role, publisher.database)),
  ]
  const conditions = wanted.map(
    ({ role, done, applies = 'true' }) => `(
      select case when ${applies} then grantee is not null and (${done}) else true end
      from (select to_regrole(${pg.escapeLiteral(role)})::oid as grantee) as role)`,
  )
  const { rows } = await queryable.query<{ done: (boolean | null)[] }>(
    `select array[${conditions.join()}] as done`,
  )
  const done = rows[0]?.done ?? []
  return wanted.filter((_, at) => done[at] !== true).map(({ run }) => run)
}

/**
 * Takes from agents what those of versions without `winrate.send` need: to write the queue's table themselves. Returns
 * the statements that an administrator has yet to run.
 */
export async function takeDirectInsert(queryable: Queryable): Promise<readonly string[]> {
  const statements = [
    `revoke insert, select on ${QUEUE_TABLE} from winrate_publisher`,
    'revoke usage on schema pgmq from winrate_publisher',
  ]
  for (const statement of statements) await runIfAllowed(queryable, statement)
  return (await mayInsertDirectly(queryable)) ? statements : []
}

/** Whether agents may write the queue's table themselves. */
export async function mayInsertDirectly(queryable: Queryable): Promise<boolean> {
  const { rows } = await queryable.query<{ may: boolean | null }>(`
    select grantee is not null and has_any_column_privilege(grantee, '${QUEUE_TABLE}', 'insert') as may
    from (select to_regrole('winrate_publisher')::oid as grantee) as role`)
  return rows[0]?.may === true
}

async function runIfAllowed(queryable: Queryable, statement: string): Promise<void> {
  try {
    await queryable.query(statement)
  } catch (error) {
    if (!tolerated.includes(sqlStateOf(error) ?? '')) throw error
  }
}

function publishingRights(role: string): Right[] {
  return [
    usageOf('winrate', role),
    ...AGENTS_CALL.map((signature) => ({
      run: `grant execute on function ${signature} to ${role}`,
      done: `has_function_privilege(grantee, '${signature}', 'execute')`,
    })),
  ]
}

function usageOf(schema: string, role: string): Right {
  return {
    run: `grant usage on schema ${schema} to ${role}`,
    done: `has_schema_privilege(grantee, '${schema}', 'usage')`,
  }
}

/** Partitions are reached through their table. */
function everyTable(schema: string, may: string): string {
  return `not exists (
    select from pg_class
    where relnamespace = to_regnamespace('${schema}') and relkind in ('r', 'p') and not relispartition and not (${may}))`
}

function everyFunction(schema: string): string {
  return `not exists (
    select from pg_proc
    where pronamespace = to_regnamespace('${schema}') and not has_function_privilege(grantee, oid, 'execute'))`
}

function mayWrite(table: string): string {
  return WRITING.split(', ')
    .map((privilege) => `has_table_privilege(grantee, ${table}, '${privilege}')`)
    .join(' and ')
}

/** Whether the role has it on the queue's whole table, by a grant to itself. */
function hasOwn(privilege: string): string {
  return `exists (
    select from pg_class, aclexplode(relacl) as granted
    where pg_class.oid = '${QUEUE_TABLE}'::regclass and granted.grantee = role.grantee
      and granted.privilege_type = '${privilege.toUpperCase()}')`
}
