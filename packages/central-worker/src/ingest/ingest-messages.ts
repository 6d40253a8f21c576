import type { Queryable } from '../postgres/queryable.ts'

/**
 * What ingest counts. `corrections` are stored outcomes that take the place of another; `tolerated` are
 * messages that took the slower way, because not all in them was plain; `retimed` are outcomes that got another time
 * than they state, because their producer's clock is wrong or the time is older than the retention.
 */
const COUNTS = [
  'messages',
  'stored',
  'duplicates',
  'rejected',
  'corrections',
  'tolerated',
  'retimed',
] as const

export type IngestResult = Record<(typeof COUNTS)[number], number>

/**
 * Moves messages from the queue into the tables: one transaction, all or nothing. `onlyMessage` names one,
 * visible or not.
 */
export async function ingestMessages(
  queryable: Queryable,
  options: { maxMessages: number; retentionDays: number; onlyMessage?: string },
): Promise<IngestResult> {
  const { maxMessages, retentionDays, onlyMessage } = options
  const { rows } = await queryable.query<IngestResult>({
    name: 'ingest-messages',
    text: `
      select ${COUNTS.map((count) => `coalesce(sum(${count}), 0)::float8 as ${count}`).join(', ')}
      from winrate.ingest_messages($1, make_interval(days => $2), $3)`,
    values: [maxMessages, retentionDays, onlyMessage ?? null],
  })
  return rows[0] ?? noCounts()
}

export function noCounts(): IngestResult {
  return {
    ...{ messages: 0, stored: 0, duplicates: 0, rejected: 0, corrections: 0, tolerated: 0 },
    retimed: 0,
  }
}

export function addCounts(total: IngestResult, more: IngestResult): void {
  for (const count of COUNTS) total[count] += more[count]
}

const CORRECTIONS_PER_STATEMENT = 1_000
const MOST_STATEMENTS = 5

/**
 * Lets noted corrections take the place of what they correct; returns how many did. It leaves the rest to the next
 * call: each statement holds up ingest for a moment, and there may be very many.
 */
export async function applyCorrections(queryable: Queryable): Promise<number> {
  let total = 0
  for (let statement = 0; statement < MOST_STATEMENTS; statement += 1) {
    const { rows } = await queryable.query<{ applied: number }>({
      name: 'apply-corrections',
      text: 'select winrate.apply_corrections($1) as applied',
      values: [CORRECTIONS_PER_STATEMENT],
    })
    const applied = rows[0]?.applied ?? 0
    total += applied
    if (applied < CORRECTIONS_PER_STATEMENT) break
  }
  return total
}
