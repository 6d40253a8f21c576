// What a call of a task type typically took at a moment, by the worker's own rule. Its spans are those between the moments
// at which policies learned, not those of a tick: the log is read once for all of them.
import {
  type CellName,
  cellKey,
  type ModelName,
  type TaskTokens,
} from '@winrate/shared-schema/contracts'
import {
  type InstanceTokens,
  type TokenSums,
  tokensOfInstance,
  typicalTokens,
} from '../../../cells/typical-tokens.ts'
import type { Queryable } from '../../../postgres/queryable.ts'
import { type Judging, judgedOutcomes, judgedValues } from './judged-outcomes.ts'

type SegmentSums = TokenSums & { readonly segment: number }

/** What calls of one instance took in one cell. */
export interface LoggedTokens {
  readonly taskType: string
  readonly instanceId: string
  readonly segments: readonly SegmentSums[]
}

interface NamedTokens extends LoggedTokens, CellName {}

interface Reading extends Omit<Judging, 'from'> {
  /** Several names of one model are one cell, as in a tick. */
  readonly nameOf: (given: ModelName) => ModelName
}

/** Sums up the tokens of the calls that count, by the segments between `borders`, which are in order. */
export async function readTokens(
  queryable: Queryable,
  { nameOf, ...judging }: Reading,
  borders: readonly Date[],
): Promise<readonly LoggedTokens[]> {
  const times = borders.map((border) => border.toISOString())
  const { rows } = await queryable.query<NamedTokens>(
    `with judged as (${judgedOutcomes}),
    told as (
      select
        width_bucket(occurred_at, $4::timestamptz[]) - 1 as segment,
        learned_at, instance_id, model_name, provider, thinking_level,
        sum(input_tokens) as input,
        sum(least(coalesce(cache_read_tokens, 0), input_tokens)) as cache_read,
        sum(output_tokens) as output,
        count(*) as calls
      from judged
      where answers and input_tokens is not null and output_tokens is not null
      group by segment, learned_at, instance_id, model_name, provider, thinking_level
    )
    select
      learned_at as "taskType",
      instance_id as "instanceId",
      model_name as "modelName", provider, thinking_level as "thinkingLevel",
      json_agg(json_build_object(
        'segment', segment, 'inputTokenSum', input, 'cacheReadTokenSum', cache_read, 'outputTokenSum', output,
        'tokenCount', calls
      )) as segments
    from told
    group by learned_at, instance_id, model_name, provider, thinking_level`,
    [...judgedValues({ ...judging, from: borders[0] ?? new Date(0) }), times],
  )
  return addUpNames(rows.map((row) => ({ ...row, ...nameOf(row) })))
}

function addUpNames(rows: readonly NamedTokens[]): readonly LoggedTokens[] {
  const byCell = new Map<string, LoggedTokens>()
  for (const row of rows) {
    const key = JSON.stringify([row.instanceId, cellKey(row)])
    const before = byCell.get(key)
    const segments =
      before === undefined ? row.segments : addUp([...before.segments, ...row.segments])
    byCell.set(key, { taskType: row.taskType, instanceId: row.instanceId, segments })
  }
  return [...byCell.values()]
}

function addUp(segments: readonly SegmentSums[]): readonly SegmentSums[] {
  const sums = new Map<number, SegmentSums>()
  for (const one of segments) {
    const before = sums.get(one.segment)
    sums.set(one.segment, before === undefined ? one : add(before, one))
  }
  return [...sums.values()]
}

function add(one: SegmentSums, other: SegmentSums): SegmentSums {
  return {
    segment: one.segment,
    inputTokenSum: one.inputTokenSum + other.inputTokenSum,
    cacheReadTokenSum: one.cacheReadTokenSum + other.cacheReadTokenSum,
    outputTokenSum: one.outputTokenSum + other.outputTokenSum,
    tokenCount: one.tokenCount + other.tokenCount,
  }
}

/** By task type, of the segments that count. */
export function typicalTokensIn(
  logged: readonly LoggedTokens[],
  counts: (segment: number) => boolean,
): ReadonlyMap<string, TaskTokens> {
  const byTask = new Map<string, InstanceTokens[]>()
  for (const { taskType, instanceId, segments } of logged) {
    const counted = segments.filter(({ segment }) => counts(segment))
    const known = byTask.get(taskType) ?? []
    byTask.set(taskType, known)
    known.push(...tokensOfInstance(instanceId, counted))
  }
  const typical = new Map<string, TaskTokens>()
  for (const [taskType, reported] of byTask) {
    const tokens = typicalTokens(reported)
    if (tokens !== undefined) typical.set(taskType, tokens)
  }
  return typical
}
