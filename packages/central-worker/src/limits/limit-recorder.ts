// Writes what limits refuse into a table, hour by hour, so that operators see all replicas together. Guarantees: where nothing is
// refused nothing is written; an error never ends the process. What a killed process has not written yet is lost.
import type { Queryable } from '../postgres/queryable.ts'
import { printable } from '../runtime/printable-text.ts'
import { createRecorderService } from '../runtime/recorder-service.ts'
import type { Service } from '../runtime/service.ts'

/** A refusal. */
export interface ReachedLimit {
  /** Null for the limit of the project. */
  readonly token: { readonly id: string; readonly label: string } | null
  /** As operators write it. */
  readonly limit: string
  readonly most: number
}

export interface LimitRecorder extends Service {
  readonly note: (reached: ReachedLimit) => void
}

const INTERVAL_MS = 2_000

export function createLimitRecorder(queryable: Queryable): LimitRecorder {
  let counts = new Map<string, ReachedLimit & { refused: number }>()

  function add(reached: ReachedLimit, refused: number): void {
    const key = `${reached.token?.id ?? ''} ${reached.limit}`
    const known = counts.get(key)
    counts.set(key, { ...reached, refused: refused + (known?.refused ?? 0) })
  }

  async function runOnce(): Promise<void> {
    if (counts.size === 0) return
    const written = counts
    counts = new Map()
    try {
      await write(queryable, [...written.values()])
    } catch (error) {
      for (const { refused, ...reached } of written.values()) add(reached, refused)
      throw error
    }
  }

  return { note: (reached) => add(reached, 1), ...createRecorderService(runOnce, INTERVAL_MS) }
}

async function write(
  queryable: Queryable,
  counted: readonly (ReachedLimit & { readonly refused: number })[],
): Promise<void> {
  const rows = counted.map(({ token, ...row }) => ({
    ...row,
    token_id: token?.id ?? '',
    label: printable(token?.label ?? ''),
  }))
  await queryable.query({
    name: 'record-limits',
    text: `
      insert into winrate.limits_reached as known
        (hour, token_id, limit_name, label, most, refused, last_at)
      select date_trunc('hour', now()), token_id, "limit", label, most, refused, now()
      from jsonb_to_recordset($1::jsonb) as counted
        (token_id text, "limit" text, label text, most bigint, refused bigint)
      -- In one order, so that two replicas do not wait for each other.
      order by token_id, "limit"
      on conflict (hour, token_id, limit_name) do update set
        refused = known.refused + excluded.refused,
        (label, most, last_at) = (excluded.label, excluded.most, excluded.last_at)`,
    values: [JSON.stringify(rows)],
  })
}
