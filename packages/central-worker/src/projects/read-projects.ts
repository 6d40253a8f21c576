import type { ProjectBody } from '@winrate/shared-schema/http'
import type { Queryable } from '../postgres/queryable.ts'
import { RefusedError } from '../runtime/refused-error.ts'

/** Every project beside `default`, in the order of their names. */
export async function readProjects(queryable: Queryable): Promise<ProjectBody[]> {
  const { rows } = await queryable.query<Omit<ProjectBody, 'createdAt'> & { createdAt: Date }>(`
    select name, database, created_at as "createdAt",
      case when is_ending then 'ending' else 'active' end as state,
      (
        select count(*)::int from winrate.tokens
        where project = name and revoked_at is null and (expires_at is null or expires_at > now())
      ) as tokens
    from winrate.projects
    order by name`)
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }))
}

/** @throws RefusedError where there is none of this name. */
export async function findProject(queryable: Queryable, name: string): Promise<ProjectBody> {
  const projects = await readProjects(queryable)
  const found = projects.find((project) => project.name === name)
  if (found !== undefined) return found
  const names = projects.map((project) => project.name).join(', ')
  throw new RefusedError(
    'no-such-project',
    `there is no project ${name}${names === '' ? '' : `; there are: ${names}`}. Create it: npx winrate project create ${name}`,
  )
}
