// Whether a project shares and learns, and what it has learned from others. In the database of the project.
import type { CellName } from '@winrate/shared-schema/contracts'
import type { SharingFacts } from '@winrate/shared-schema/http'
import type pg from 'pg'
import { inTransaction, type Queryable } from '../postgres/queryable.ts'
import type { KnownCell, SharedCell } from './sum-shared.ts'

export type Sharing = Pick<SharingFacts, 'shares' | 'learns'>

export async function readSharing(queryable: Queryable): Promise<Sharing> {
  const { rows } = await queryable.query<Sharing>('select shares, learns from winrate.sharing')
  return rows[0] ?? { shares: false, learns: false }
}

/** Sets it; a project that no longer learns forgets at the next tick what it had from others. */
export function setSharing(pool: pg.Pool, { shares, learns }: Sharing): Promise<void> {
  return inTransaction(pool, async (client) => {
    await client.query(
      `insert into winrate.sharing (shares, learns) values ($1, $2)
       on conflict (is_only) do update set shares = $1, learns = $2`,
      [shares, learns],
    )
    if (!learns) await client.query('delete from winrate.shared_cells')
  })
}

export async function countShared(queryable: Queryable): Promise<number> {
  const { rows } = await queryable.query<{ cells: number }>(
    'select count(*)::int as cells from winrate.shared_cells',
  )
  return rows[0]?.cells ?? 0
}

/** What the last tick published of cells: names, and the evidence of their own. */
export async function readKnown(queryable: Queryable): Promise<readonly KnownCell[]> {
  const { rows } = await queryable.query<KnownCell>(`
    select task_type as "taskType", model_name as "modelName", provider,
      thinking_level as "thinkingLevel", evidence + undrawn_evidence as evidence,
      (coalesce(reward, 0) * evidence + coalesce(undrawn_reward, 0) * undrawn_evidence)
        / nullif(evidence + undrawn_evidence, 0) as reward
    from winrate.task_metrics
    where evidence + undrawn_evidence > 0`)
  return rows
}

/** Puts what others know in the place of what they knew. What is unchanged is not written again. */
export function storeShared(pool: pg.Pool, cells: readonly SharedCell[]): Promise<void> {
  return inTransaction(pool, async (client) => {
    await client.query(
      `with told as (
         select * from jsonb_to_recordset($1::jsonb) as cell (
           "taskType" text, "modelName" text, provider text, "thinkingLevel" text,
           mass float8, reward float8
         )
       ), gone as (
         delete from winrate.shared_cells
         where (task_type, model_name, provider, thinking_level) not in (
           select "taskType", "modelName", provider, "thinkingLevel" from told
         )
       )
       insert into winrate.shared_cells as known
         (task_type, model_name, provider, thinking_level, mass, reward)
       select "taskType", "modelName", provider, "thinkingLevel", mass, reward from told
       -- Nothing for a project that has ceased to learn meanwhile.
       where exists (select from winrate.sharing where learns for share)
       on conflict (task_type, model_name, provider, thinking_level) do update
         set mass = excluded.mass, reward = excluded.reward
         where (known.mass, known.reward) is distinct from (excluded.mass, excluded.reward)`,
      [JSON.stringify(cells)],
    )
  })
}

/** As what an import says of cells. */
export async function readShared(queryable: Queryable) {
  const { rows } = await queryable.query<CellName & { mass: number; reward: number; since: Date }>(`
    select task_type as "taskType", model_name as "modelName", provider,
      thinking_level as "thinkingLevel", mass, reward, since
    from winrate.shared_cells
    order by 1, 2, 3, 4`)
  return rows.map(({ mass, reward, since, ...name }) => ({
    ...{ ...name, samples: mass, successes: mass * reward, importedAt: since },
  }))
}
