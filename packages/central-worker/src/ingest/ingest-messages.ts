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

type Counts = Record<(typeof COUNTS)[number], number>

/** Outcomes that are stored without a field, because it could not be read. */
export interface LeftOutField {
  readonly outcomes: number
  /** One of the instances that sent such outcomes. */
  readonly instance: string | null
  /** An example; null for texts that people wrote. */
  readonly value: string | null
}

export interface IngestResult extends Counts {
  /** By the name of the field. */
  readonly leftOut: Readonly<Record<string, LeftOutField>>
  /** How many of the messages were in the queue for how long: messages by seconds, in tenths. */
  readonly waited: Readonly<Record<string, number>>
}

/**
 * Moves messages from the queue into the tables: one transaction, all or nothing. `onlyMessage` names one,
 * visible or not.
 */
export async function ingestMessages(
  queryable: Queryable,
  options: { maxMessages: number; retentionDays: number; onlyMessage?: string },
): Promise<IngestResult> {
  const { maxMessages, retentionDays, onlyMessage } = options
  const { rows } = await queryable.query<
    Counts & { leftOut: IngestResult['leftOut'][] | null; waited: IngestResult['waited'][] | null }
  >({
    name: 'ingest-messages',
    text: `
      select ${COUNTS.map((count) => `coalesce(sum(${count}), 0)::float8 as ${count}`).join(', ')},
        jsonb_agg(left_out) filter (where left_out is not null) as "leftOut",
        jsonb_agg(waited) filter (where waited is not null) as waited
      from winrate.ingest_messages($1, make_interval(days => $2), $3)`,
    values: [maxMessages, retentionDays, onlyMessage ?? null],
  })
  const [row] = rows
  if (row === undefined) return noCounts()
  return { ...row, leftOut: addUp(row.leftOut ?? []), waited: sumUp(row.waited ?? []) }
}

export function noCounts(): IngestResult {
  return {
    ...{ messages: 0, stored: 0, duplicates: 0, rejected: 0, corrections: 0, tolerated: 0 },
    retimed: 0,
    leftOut: {},
    waited: {},
  }
}

export function addCounts(total: IngestResult, more: IngestResult): IngestResult {
  const leftOut = addUp([total.leftOut, more.leftOut])
  const sum = { ...total, leftOut, waited: sumUp([total.waited, more.waited]) }
  for (const count of COUNTS) sum[count] += more[count]
  return sum
}

function addUp(parts: readonly IngestResult['leftOut'][]): IngestResult['leftOut'] {
  const sum: Record<string, LeftOutField> = {}
  for (const [field, about] of parts.flatMap((part) => Object.entries(part))) {
    const before = sum[field]
    sum[field] = { ...about, ...before, outcomes: about.outcomes + (before?.outcomes ?? 0) }
  }
  return sum
}

function sumUp(parts: readonly IngestResult['waited'][]): IngestResult['waited'] {
  const sum: Record<string, number> = {}
  for (const [seconds, messages] of parts.flatMap((part) => Object.entries(part))) {
    sum[seconds] = (sum[seconds] ?? 0) + messages
  }
  return sum
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
