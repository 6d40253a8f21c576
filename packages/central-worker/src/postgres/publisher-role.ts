// The role winrate_publisher: what agents that connect to Postgres may do. An administrator grants it to their
// login. A migration may lack the right to create roles, or to grant what another role owns.
import { sqlStateOf } from './database-errors.ts'
import type { Queryable } from './queryable.ts'

const ROLE = 'winrate_publisher'
const QUEUE_TABLE = 'pgmq.q_task_preferences'
const PULL = 'winrate.pull_snapshot(uuid, bigint, text)'

/** Each statement, and whether what it does is done already. */
const statements = [
  { run: `create role ${ROLE} nologin`, done: 'publisher is not null' },
  {
    run: `grant usage on schema winrate to ${ROLE}`,
    done: `has_schema_privilege(publisher, 'winrate', 'usage')`,
  },
  {
    run: `grant usage on schema pgmq to ${ROLE}`,
    done: `has_schema_privilege(publisher, 'pgmq', 'usage')`,
  },
  {
    run: `grant execute on function ${PULL} to ${ROLE}`,
    done: `has_function_privilege(publisher, '${PULL}', 'execute')`,
  },
  {
    run: `grant insert, select (msg_id) on ${QUEUE_TABLE} to ${ROLE}`,
    done: `has_table_privilege(publisher, '${QUEUE_TABLE}', 'insert')
      and has_column_privilege(publisher, '${QUEUE_TABLE}', 'msg_id', 'select')`,
  },
]

/** No right to do it, done by another migration meanwhile, no such role, or a standby. */
const tolerated = ['42501', '42710', '23505', '42704', '25006']

/** The statements that an administrator has yet to run; none where agents may send and pull. */
export async function findMissingRights(queryable: Queryable): Promise<readonly string[]> {
  const { rows } = await queryable.query<{ done: (boolean | null)[] }>(`
    select array[${statements.map(({ done }) => done).join()}] as done
    from (select to_regrole('${ROLE}')::oid as publisher) as role`)
  const done = rows[0]?.done ?? []
  return statements.filter((_, at) => done[at] !== true).map(({ run }) => run)
}

/** Runs those that this role may run. */
export async function grantPublisher(queryable: Queryable): Promise<void> {
  for (const statement of await findMissingRights(queryable)) {
    try {
      await queryable.query(statement)
    } catch (error) {
      if (!tolerated.includes(sqlStateOf(error) ?? '')) throw error
    }
  }
}
