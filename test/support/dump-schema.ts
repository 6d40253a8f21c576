// The schema `winrate` as text: the same for the same schema, on any version of Postgres that Winrate works
// on. Of functions only what callers see: their bodies are files already.
import { inTransaction } from '../../packages/central-worker/src/postgres/queryable.ts'
import type { TestDatabase } from './test-database.ts'

/** Day partitions are left out, because they change with time. */
const relations = `
  select oid, relname, relkind, relispartition, reloptions, relam
  from pg_class
  where relnamespace = 'winrate'::regnamespace and relname !~ '_\\d{4}_\\d\\d_\\d\\d($|_)'`

const columns = `
  with relation as (${relations})
  select relname as name, 1 as place, attnum::integer as nth, '  ' || attname || ' ' || format_type(atttypid, atttypmod)
    || case when attnotnull then ' not null' else '' end
    || case attidentity when 'a' then ' generated always as identity' else '' end
    || coalesce(' default ' || pg_get_expr(adbin, adrelid), '') as line
  from relation
  join pg_attribute on attrelid = relation.oid and attnum > 0 and not attisdropped
  left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where relkind in ('r', 'p') and not relispartition`

const others = `
  with relation as (${relations} and relkind in ('r', 'p'))
  select relname as name, 0 as place, 0 as nth, case when relispartition
    then 'partition ' || relname || ' of ' || (select inhparent::regclass from pg_inherits where inhrelid = relation.oid)
      || ' ' || pg_get_expr((select relpartbound from pg_class where oid = relation.oid), relation.oid)
    else 'table ' || relname end
    || coalesce(' partition by ' || pg_get_partkeydef(relation.oid), '')
    || coalesce(' with (' || array_to_string(reloptions, ', ') || ')', '') as line
  from relation
  union all
  select relname, 2, 0, '  constraint ' || conname || ' ' || pg_get_constraintdef(pg_constraint.oid)
  from relation join pg_constraint on conrelid = relation.oid
  where contype <> 'n' and not relispartition
  union all
  select relname, 3, 0, '  ' || replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')
  from relation join pg_index on indrelid = relation.oid
  where not relispartition and not indisprimary
  union all
  select relname, 4, 0, '  ' || pg_get_triggerdef(pg_trigger.oid)
  from relation join pg_trigger on tgrelid = relation.oid
  where not tgisinternal and not relispartition`

const functions = `
  select 'function ' || proname || '(' || pg_get_function_arguments(pg_proc.oid) || ') returns '
    || pg_get_function_result(pg_proc.oid) || ' language ' || lanname
    || case provolatile when 'i' then ' immutable' when 's' then ' stable' else '' end
    || case when proisstrict then ' strict' else '' end
    || case when prosecdef then ' security definer' else '' end
    || coalesce(' set ' || array_to_string(proconfig, ', '), '')
    || coalesce(' for ' || (
      select string_agg(grantee::regrole::text, ', ')
      -- Workers may call every function.
      from aclexplode(proacl) where grantee <> proowner and grantee not in (0, coalesce(to_regrole('winrate_worker'), 0::regrole))
    ), '')
    || case when exists (select from aclexplode(coalesce(proacl, acldefault('f', proowner))) where grantee = 0)
      then ' for public' else '' end as line
  from pg_proc join pg_language on pg_language.oid = prolang
  where pronamespace = 'winrate'::regnamespace`

const types = `
  select 'type ' || typname as line from pg_type
  where typnamespace = 'winrate'::regnamespace and typrelid = 0 and typelem = 0`

/** As lines; names are fully qualified, whatever the search path. */
export function dumpSchema({ pool }: TestDatabase): Promise<string[]> {
  return inTransaction(pool, async (client) => {
    await client.query('set local search_path = pg_catalog')
    const tables = await client.query<{ line: string }>(`
      select line from ((${columns}) union all (${others})) as described
      order by name collate "C", place, nth, line collate "C"`)
    const rest = await client.query<{ line: string }>(`
      select line from (${functions} union all ${types}) as described order by line collate "C"`)
    return [...tables.rows, ...rest.rows].map(({ line }) => line)
  })
}
