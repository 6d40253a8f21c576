import {
  parseSnapshotText,
  type Snapshot,
  type SnapshotContent,
  writeSnapshotText,
} from '@winrate/shared-schema/contracts'
import { winRate } from '@winrate/shared-schema/scoring'

/** One learned cell of a snapshot. */
export interface SnapshotRow {
  readonly taskType: string
  /** The name that win rates are kept under. */
  readonly model: string
  /** Default 'unknown', which counts for any provider. */
  readonly provider?: string | undefined
  readonly thinkingLevel?: string | undefined
  readonly samples: number
  readonly successes: number
  readonly quality?: number | undefined
  readonly responseTimeMs?: number | undefined
  readonly costUsd?: number | undefined
  /** Default: the samples. */
  readonly evidence?: number | undefined
  /** Mean reward of the evidence. Default: the win rate. */
  readonly reward?: number | undefined
  readonly fadedEvidence?: number | undefined
  readonly fadedReward?: number | undefined
}

/** The other fields of a snapshot; each has a default. */
export type SnapshotFields = Partial<Omit<SnapshotContent, 'tasks' | 'models' | 'cells'>>

/** A valid snapshot from a plain table: version 1 of a fixed epoch, unless `fields` say otherwise. */
export function snapshotFromTable(
  rows: readonly SnapshotRow[],
  fields: SnapshotFields = {},
): Snapshot {
  return parseSnapshotText(snapshotTextFromTable(rows, fields))
}

/** The text of the snapshot that `snapshotFromTable` makes. */
export function snapshotTextFromTable(
  rows: readonly SnapshotRow[],
  fields: SnapshotFields = {},
): string {
  const tasks = [...new Set(rows.map(({ taskType }) => taskType))]
  const rowOf = new Map(rows.map((row) => [modelKey(row), row]))
  const models = [...rowOf.values()].map(describeModel)
  return writeSnapshotText({
    epoch: '00000000-0000-4000-8000-000000000001',
    version: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    windowDays: 7,
    policy: { kind: 'threshold', exploration: 0 },
    ...fields,
    tasks,
    models,
    cells: {
      task: placesIn(tasks, rows, ({ taskType }) => taskType),
      model: placesIn([...rowOf.keys()], rows, modelKey),
      samples: rows.map(({ samples }) => samples),
      successes: rows.map(({ successes }) => successes),
      quality: rows.map(({ quality }) => quality ?? null),
      responseTimeMs: rows.map(({ responseTimeMs }) => responseTimeMs ?? null),
      costUsd: rows.map(({ costUsd }) => costUsd ?? null),
      evidence: rows.map(({ evidence, samples }) => evidence ?? samples),
      reward: rows.map(({ reward, samples, successes }) => reward ?? winRate(successes, samples)),
      fadedEvidence: rows.map(({ fadedEvidence }) => fadedEvidence ?? 0),
      fadedReward: rows.map(({ fadedReward }) => fadedReward ?? 0),
    },
  })
}

function modelKey({ provider = 'unknown', model, thinkingLevel }: SnapshotRow): string {
  return JSON.stringify([provider, model, thinkingLevel ?? null])
}

function placesIn(
  keys: readonly string[],
  rows: readonly SnapshotRow[],
  keyOf: (row: SnapshotRow) => string,
): number[] {
  const places = new Map(keys.map((key, at) => [key, at]))
  return rows.map((row) => places.get(keyOf(row)) ?? 0)
}

function describeModel({
  provider = 'unknown',
  model,
  thinkingLevel,
}: SnapshotRow): SnapshotContent['models'][number] {
  return { provider, name: model, ...(thinkingLevel === undefined ? {} : { thinkingLevel }) }
}
