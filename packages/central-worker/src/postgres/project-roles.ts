// Who reaches the database of a project, and that of `default` where there are projects beside it. Agents that connect to Postgres have
// a role for each project, because roles belong to the whole server: a role of all projects would need only a right to connect.
import pg from 'pg'
import { RefusedError } from '../runtime/refused-error.ts'
import { sqlStateOf } from './database-errors.ts'
import type { Queryable } from './queryable.ts'

const markOf = (database: string) => `Agents that publish to the database ${database} of Winrate`
/** No right to it, made by another call meanwhile, or needed for something else. */
const TOLERATED = ['42501', '42710', '23505', '2BP01']

interface Publisher {
  readonly role: string
  readonly database: string
}

/** The role of agents that publish to this database alone; undefined where there is none. */
export async function findPublisher(queryable: Queryable): Promise<Publisher | undefined> {
  const { rows } = await queryable.query<Publisher>(
    `select rolname as role, current_database() as database from pg_roles
     where shobj_description(oid, 'pg_authid') = '${markOf(`' || current_database() || '`)}'`,
  )
  return rows[0]
}

/**
 * Makes that role; migrations give it its rights. Returns statements that an administrator has yet to run.
 *
 * @param isNew Whether no logins can have been given it yet.
 * @throws RefusedError where logins have it that were those of an earlier project of this name.
 */
export async function makePublisher(
  queryable: Queryable,
  isNew: boolean,
): Promise<readonly string[]> {
  const { rows } = await queryable.query<{
    database: string
    role: string | null
    mark: string | null
    members: string[]
  }>(
    `select database, role.rolname as role, shobj_description(role.oid, 'pg_authid') as mark, array(
         select member::regrole::text from pg_auth_members where roleid = role.oid and not admin_option
       ) as members
     from current_database() as database left join pg_roles as role on rolname = database || '_publisher'`,
  )
  const { database = '', role = null, mark = null, members = [] } = rows[0] ?? {}
  const name = `${database}_publisher`
  if (isNew && members.length > 0) {
    const message = `the role ${name} is there already, and these have it: ${members.join(', ')}. They would reach the new project: drop the role first`
    throw new RefusedError('role-taken', message)
  }
  const quoted = pg.escapeIdentifier(name)
  const statements = [
    ...(role === null ? [`create role ${quoted} nologin`] : []),
    ...(mark === markOf(database)
      ? []
      : [`comment on role ${quoted} is ${pg.escapeLiteral(markOf(database))}`]),
  ]
  if (statements.length === 0) return []
  // What somebody made for another purpose is given no rights by itself.
  if (role === null && (await runs(queryable, statements))) return []
  // Another call may have been quicker.
  return (await findPublisher(queryable)) === undefined ? statements : []
}

/** Drops it, when its database is gone. Returns whether no such role is left. */
export async function dropPublisher(queryable: Queryable, database: string): Promise<boolean> {
  const { rows } = await queryable.query<{ role: string }>(
    `select rolname as role from pg_roles where shobj_description(oid, 'pg_authid') = $1`,
    [markOf(database)],
  )
  const [found] = rows
  if (found === undefined) return true
  return runs(queryable, [`drop role if exists ${pg.escapeIdentifier(found.role)}`])
}

/**
 * The statement that closes the database of `default` where projects share its server: who was given anything in it may go on
 * connecting, all others may not.
 */
export async function findOpening(queryable: Queryable): Promise<readonly string[]> {
  const { rows: rights } = await queryable.query<{ reads: boolean }>(
    `select has_table_privilege('winrate.projects', 'select') as reads`,
  )
  if (rights[0]?.reads !== true) return []
  const { rows } = await queryable.query<{ statement: string }>(
    `select format('%srevoke connect on database %I from public', (
         select format('grant connect on database %I to %s; ', datname, string_agg(distinct refobjid::regrole::text, ', '))
         from pg_shdepend
         where dbid = pg_database.oid and refclassid = 'pg_authid'::regclass
       ), datname) as statement
     from pg_database
     where datname = current_database()
       and exists (select from winrate.projects where database is not null)
       and exists (
         select from aclexplode(coalesce(datacl, acldefault('d', datdba)))
         where grantee = 0 and privilege_type = 'CONNECT')`,
  )
  return rows.map(({ statement }) => statement)
}

async function runs(queryable: Queryable, statements: readonly string[]): Promise<boolean> {
  try {
    // As one transaction.
    await queryable.query(statements.join('; '))
    return true
  } catch (error) {
    if (!TOLERATED.includes(sqlStateOf(error) ?? '')) throw error
    return false
  }
}
