import { byPath, type CatalogueEntry, readModelText } from '@winrate/shared-schema/contracts'
import type { ObservedBody } from '@winrate/shared-schema/http'
import type { Queryable } from '../../postgres/queryable.ts'
import { createPricedCatalogue } from '../../prices/list-prices.ts'
import { findSnapshot, readHead } from '../../snapshots/snapshot-store.ts'
import { createExpectedCalls } from './expected-calls.ts'
import { compareObserved, modelsIn, type ObservedPair } from './observed-calls.ts'

interface Row {
  readonly taskType: string
  readonly modelName: string
  readonly provider: string
  readonly thinkingLevel: string | null
  readonly wouldChoose: string
  readonly calls: number
}

/** Pairs of models that are read, the most frequent ones: anybody may invent more. */
const MOST_PAIRS = 10_000
const MOST_TASK_TYPES = 100
const DAY_MS = 86_400_000

interface ObservedOptions {
  readonly windowDays: number
  readonly catalogue?: readonly CatalogueEntry[] | undefined
}

/**
 * What would have been chosen in the last days beside what was called. Of several words about a call the last one counts, and of
 * several attempts the first one.
 */
export async function readObserved(
  queryable: Queryable,
  { windowDays, catalogue: entries }: ObservedOptions,
  { days = windowDays }: { readonly days?: number | undefined } = {},
): Promise<ObservedBody> {
  const since = new Date(Date.now() - days * DAY_MS)
  const { rows } = await queryable.query<Row>(
    `select
      task_type as "taskType", model_name as "modelName", provider, thinking_level as "thinkingLevel",
      would_choose as "wouldChoose", count(*)::float8 as calls
    from winrate.task_preferences
    where would_choose is not null and counted and coalesce(attempt, 1) = 1
      and outcome_id >= winrate.uuid_floor($1)
    group by 1, 2, 3, 4, 5
    order by calls desc, 1, 2, 3, 4, 5
    limit ${MOST_PAIRS}`,
    [since],
  )
  const head = await readHead(queryable)
  const snapshot = await findSnapshot(queryable, head)
  const catalogue = createPricedCatalogue(entries)
  const expect = snapshot && createExpectedCalls(snapshot, catalogue)
  const pairs = rows.flatMap(({ taskType, thinkingLevel, calls, ...row }): ObservedPair[] => {
    const would = readModelText(row.wouldChoose)
    if (would === undefined) return []
    const named = { thinkingLevel: thinkingLevel ?? '', ...catalogue.nameOf(row) }
    const wouldChoose = { thinkingLevel: would.thinkingLevel, ...catalogue.nameOf(would) }
    return [{ taskType, called: named, wouldChoose, calls }]
  })
  const byTaskType = new Map<string, ObservedPair[]>()
  for (const pair of pairs) {
    const own = byTaskType.get(pair.taskType) ?? []
    byTaskType.set(pair.taskType, own)
    own.push(pair)
  }
  const taskTypes = [...byTaskType]
    .map(([taskType, own]) => ({
      taskType,
      ...compareObserved(own, expect, taskType),
      models: modelsIn(own),
    }))
    .sort((one, other) => other.calls - one.calls || byPath(one.taskType, other.taskType))
  return {
    days,
    since: since.toISOString(),
    snapshotVersion: snapshot?.version ?? null,
    all: compareObserved(pairs, expect, 'all task types'),
    taskTypes: taskTypes.slice(0, MOST_TASK_TYPES),
    ...(taskTypes.length > MOST_TASK_TYPES && { more: taskTypes.length - MOST_TASK_TYPES }),
  }
}
