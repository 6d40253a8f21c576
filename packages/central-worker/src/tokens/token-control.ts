// What operators change about the tokens of the database. Guarantees: a secret leaves by the answer that made it and is
// stored nowhere; a change and its event are one transaction; two rotations of one token do not both succeed.
import type { TokenBody, TokenChange, TokensBody } from '@winrate/shared-schema/http'
import type pg from 'pg'
import { noteEvents } from '../events/note-events.ts'
import { inTransaction, type Queryable } from '../postgres/queryable.ts'
import { DEFAULT_PROJECT } from '../projects/project-names.ts'
import { RefusedError } from '../runtime/refused-error.ts'
import type { CreateToken, RotateToken } from './token-requests.ts'
import { makeToken } from './token-text.ts'

export type TokenControl = ReturnType<typeof createTokenControl>

/** Every replica holds those of all projects. So many of a project may be valid. */
const MOST_TOKENS = 1_000
/** Those of a project that are over are shown, and their holders told so, for that long, and so many. */
const KEPT_DAYS = 90
const MOST_KEPT = 100

/** @param onChange Called after each change: this replica need not wait until it reads the table again. */
export function createTokenControl(pool: pg.Pool, onChange: () => void = () => {}) {
  async function change(work: (client: Queryable) => Promise<TokenChange>): Promise<TokenChange> {
    const changed = await inTransaction(pool, async (client) => {
      // Reads go on. An advisory lock would be any login's to hold.
      await client.query('lock table winrate.tokens in share row exclusive mode')
      return work(client)
    })
    onChange()
    return changed
  }

  return {
    /** Of all projects, or of one; the newest first. */
    list: async (project?: string): Promise<TokensBody> => ({
      tokens: (await findTokens(pool, { project })).map(toBody),
    }),
    create: (project: string, wanted: CreateToken) =>
      change(async (client) => {
        const { expires = null } = wanted
        const { token, secret } = await insertToken(client, { project, ...wanted, expires })
        await note(client, token, `was made for ${describe(token)}`)
        return { ...token, secret, message: 'Keep it now: it is shown this once.' }
      }),
    /**
     * Makes a token that opens the same, and lets the old one expire after the overlap.
     *
     * @throws RefusedError where there is no such token, and where it is over or replaced already.
     */
    rotate: (id: string, { expires, overlap }: RotateToken, project?: string) =>
      change(async (client) => {
        const old = await findToken(client, id, project)
        if (old.state !== 'valid') {
          throw new RefusedError('token-over', `The token ${id} is ${old.state}: make a new one.`)
        }
        if (old.replacedBy !== null) {
          const message = `The token ${id} is replaced by ${old.replacedBy} already: rotate that one.`
          throw new RefusedError('token-replaced', message)
        }
        const { token, secret } = await insertToken(client, {
          ...old,
          instances: old.instances ?? undefined,
          expires: expires ?? lifetimeOf(old),
        })
        const { rows } = await client.query<{ expiresAt: Date }>(
          `update winrate.tokens set
             replaced_by = $2,
             expires_at = least(expires_at, now() + make_interval(secs => $3))
           where id = $1
           returning expires_at as "expiresAt"`,
          [id, token.id, overlap / 1_000],
        )
        const until = rows[0]?.expiresAt.toISOString()
        await note(client, token, `takes the place of ${id}, which expires at ${until}`)
        const message = `Keep it now: it is shown this once. The old token ${id} expires at ${until}.`
        return { ...token, secret, message }
      }),
    /**
     * Ends a token, on every replica within seconds. Idempotent.
     *
     * @throws RefusedError where there is no such token.
     */
    revoke: (id: string, project?: string) =>
      change(async (client) => {
        const old = await findToken(client, id, project)
        if (old.state === 'revoked') return { ...old, message: `It was revoked already.` }
        await client.query('update winrate.tokens set revoked_at = now() where id = $1', [id])
        const token = await findToken(client, id, project)
        await note(client, token, 'was revoked')
        return { ...token, message: 'Every replica refuses it within seconds.' }
      }),
  }
}

interface Wanted extends Omit<CreateToken, 'expires'> {
  readonly project: string
  /** Milliseconds from now; null for never. */
  readonly expires: number | null
}

async function insertToken(
  queryable: Queryable,
  { project, label, scopes, instances, limits, expires }: Wanted,
): Promise<{ token: TokenBody; secret: string }> {
  await queryable.query(
    `delete from winrate.tokens where id in (
       select id from (
         select id, least(expires_at, revoked_at) as over_at,
           row_number() over (partition by project order by least(expires_at, revoked_at) desc) as nth
         from winrate.tokens
         where least(expires_at, revoked_at) <= now()
       ) as over
       where nth > $2 or over_at < now() - make_interval(days => $1)
     )`,
    [KEPT_DAYS, MOST_KEPT],
  )
  await assertProject(queryable, project)
  const { id, hash, text } = makeToken()
  const { rowCount } = await queryable.query(
    `insert into winrate.tokens (id, project, label, scopes, instances, hash, expires_at, limits)
     select $1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7), $8::jsonb
     where (
       select count(*) from winrate.tokens
       where project = $2 and (least(expires_at, revoked_at) > now()) is not false
     ) < $9`,
    [
      ...[id, project, label, scopes, instances ?? null, hash],
      ...[expires === null ? null : expires / 1_000, JSON.stringify(limits ?? {}), MOST_TOKENS],
    ],
  )
  if (rowCount === 0) {
    const message = `The project ${project} has ${MOST_TOKENS} valid tokens and no room for more: revoke what nobody uses.`
    throw new RefusedError('too-many-tokens', message)
  }
  return { token: await findToken(queryable, id, project), secret: text }
}

/**
 * Holds the project's row until the end of the transaction: a token that outlives its project would open the next one of that name.
 *
 * @throws RefusedError where there is no such project, or it is being deleted.
 */
async function assertProject(queryable: Queryable, name: string): Promise<void> {
  if (name === DEFAULT_PROJECT) return
  const { rowCount } = await queryable.query(
    'select from winrate.projects where name = $1 and not is_ending for share',
    [name],
  )
  if (rowCount !== 0) return
  const message = `There is no project ${name}, or it is being deleted: see "npx winrate project list".`
  throw new RefusedError('no-such-project', message)
}

type Row = Omit<TokenBody, 'createdAt' | 'expiresAt' | 'revokedAt' | 'lastUsedAt'> &
  Readonly<Record<'expiresAt' | 'revokedAt' | 'lastUsedAt', Date | null>> & {
    readonly createdAt: Date
  }

async function findTokens(
  queryable: Queryable,
  { id, project }: { readonly id?: string; readonly project?: string | undefined },
): Promise<Row[]> {
  const { rows } = await queryable.query<Row>(
    `select id, project, label, scopes, instances, limits, created_at as "createdAt", expires_at as "expiresAt",
       revoked_at as "revokedAt", last_used_at as "lastUsedAt", replaced_by as "replacedBy",
       case
         when revoked_at is not null then 'revoked'
         when expires_at <= now() then 'expired'
         else 'valid'
       end as state
     from winrate.tokens
     where ($1::text is null or id = $1) and ($2::text is null or project = $2)
     order by created_at desc, id`,
    [id ?? null, project ?? null],
  )
  return rows
}

async function findToken(queryable: Queryable, id: string, project?: string): Promise<TokenBody> {
  const [row] = await findTokens(queryable, { id, project })
  if (row !== undefined) return toBody(row)
  throw new RefusedError('no-such-token', `There is no token ${id}: see "npx winrate token list".`)
}

function toBody({ createdAt, expiresAt, revokedAt, lastUsedAt, ...row }: Row): TokenBody {
  return {
    ...row,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  }
}

/** For how long a token was made, in milliseconds; null for ever. */
function lifetimeOf({ createdAt, expiresAt }: TokenBody): number | null {
  return expiresAt === null ? null : Date.parse(expiresAt) - Date.parse(createdAt)
}

/** What it opens, in words. */
function describe({ scopes, instances }: TokenBody): string {
  const whom = instances === null ? '' : ` of ${instances.join(', ')}`
  return `${scopes.join(', ')}${whom}`
}

async function note(queryable: Queryable, { id, label }: TokenBody, what: string): Promise<void> {
  await noteEvents(queryable, [{ kind: 'token', message: `The token ${id} (${label}) ${what}.` }])
}
