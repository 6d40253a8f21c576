import {
  type Limits,
  limitsSchema,
  type TokenScope,
  tokenScopes,
} from '@winrate/shared-schema/http'
import type { Queryable } from '../postgres/queryable.ts'

export interface StoredToken {
  readonly id: string
  readonly project: string
  readonly label: string
  readonly scopes: readonly TokenScope[]
  /** Null for all. */
  readonly instances: readonly string[] | null
  /** What it may do at most. */
  readonly limits: Limits
  readonly hash: Buffer
  readonly expiresAt: Date | null
  readonly isRevoked: boolean
}

export interface TokenTable {
  /** By id. */
  readonly tokens: ReadonlyMap<string, StoredToken>
  /** The database's clock when they were read. */
  readonly databaseMs: number
}

/** Every token, those that are over included: their holders are told so. */
export async function readTokens(queryable: Queryable): Promise<TokenTable> {
  const { rows } = await queryable.query<StoredRow>({
    name: 'read-tokens',
    text: `
      select (extract(epoch from now()) * 1000)::float8 as "databaseMs",
        id, project, label, scopes, instances, limits, hash, expires_at as "expiresAt",
        revoked_at is not null as "isRevoked"
      from (values (1)) as one left join winrate.tokens on true`,
  })
  const { databaseMs = 0 } = rows[0] ?? {}
  // One row without an id tells the time where there are no tokens.
  const found = rows.flatMap((row) => (row.id === null ? [] : [toToken({ ...row, id: row.id })]))
  return { databaseMs, tokens: new Map(found.map((token) => [token.id, token])) }
}

/** Stores that these were used now, unless another replica has within the minute. */
export async function storeTokenUses(queryable: Queryable, ids: readonly string[]): Promise<void> {
  await queryable.query({
    name: 'store-token-uses',
    text: `
      update winrate.tokens set last_used_at = now()
      where id = any($1) and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
    values: [ids],
  })
}

type StoredRow = Omit<StoredToken, 'id' | 'scopes' | 'limits'> & {
  readonly databaseMs: number
  readonly id: string | null
  readonly scopes: readonly string[]
  readonly limits: unknown
}

function toToken({
  databaseMs: _,
  scopes,
  limits,
  ...row
}: StoredRow & { id: string }): StoredToken {
  // A later version may know other scopes and limits.
  return {
    ...row,
    scopes: tokenScopes.filter((scope) => scopes.includes(scope)),
    limits: limitsSchema.parse(limits),
  }
}
