import type { Queryable } from '../postgres/queryable.ts'

export interface IngestResult {
  readonly messages: number
  readonly stored: number
  readonly duplicates: number
  readonly rejected: number
  /** Stored outcomes that take the place of another. */
  readonly corrections: number
  /** Messages that took the slower way, because not all in them was plain. */
  readonly tolerated: number
}

export interface IngestOptions {
  readonly maxMessages: number
  readonly retentionDays: number
  /** Only this message, visible or not. */
  readonly onlyMessage?: string
}

/** Moves messages from the queue into the tables: one transaction, all or nothing. */
export async function ingestMessages(
  queryable: Queryable,
  { maxMessages, retentionDays, onlyMessage }: IngestOptions,
): Promise<IngestResult> {
  const { rows } = await queryable.query<IngestResult>({
    name: 'ingest-messages',
    text: `
      select
        coalesce(sum(messages), 0)::float8 as messages,
        coalesce(sum(stored), 0)::float8 as stored,
        coalesce(sum(duplicates), 0)::float8 as duplicates,
        coalesce(sum(rejected), 0)::float8 as rejected,
        coalesce(sum(corrections), 0)::float8 as corrections,
        coalesce(sum(tolerated), 0)::float8 as tolerated
      from winrate.ingest_messages($1, make_interval(days => $2), $3)`,
    values: [maxMessages, retentionDays, onlyMessage ?? null],
  })
  return rows[0] ?? emptyIngestResult
}

export const emptyIngestResult: IngestResult = {
  messages: 0,
  stored: 0,
  duplicates: 0,
  rejected: 0,
  corrections: 0,
  tolerated: 0,
}

export function addIngestResults(one: IngestResult, other: IngestResult): IngestResult {
  return {
    messages: one.messages + other.messages,
    stored: one.stored + other.stored,
    duplicates: one.duplicates + other.duplicates,
    rejected: one.rejected + other.rejected,
    corrections: one.corrections + other.corrections,
    tolerated: one.tolerated + other.tolerated,
  }
}

const CORRECTIONS_PER_STATEMENT = 1_000

/** Lets all noted corrections take the place of what they correct; returns how many did. */
export async function applyCorrections(queryable: Queryable): Promise<number> {
  let total = 0
  for (;;) {
    const { rows } = await queryable.query<{ applied: number }>({
      name: 'apply-corrections',
      text: 'select winrate.apply_corrections($1) as applied',
      values: [CORRECTIONS_PER_STATEMENT],
    })
    const applied = rows[0]?.applied ?? 0
    total += applied
    if (applied < CORRECTIONS_PER_STATEMENT) return total
  }
}

/** Moves one message to the dead letters as it is. */
export async function rejectMessage(
  queryable: Queryable,
  { messageId, reason }: { messageId: string; reason: string },
): Promise<void> {
  await queryable.query('select winrate.reject_message($1, $2)', [messageId, reason])
}
