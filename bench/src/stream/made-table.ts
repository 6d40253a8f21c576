// Snapshots with plausible numbers, and changes of single rows.
import { seededRandom } from '@winrate/demo/random/seeded-random'
import {
  type DeltaContent,
  deltaBetween,
  parseSnapshotText,
  type SnapshotContent,
  writeDeltaText,
  writeSnapshotText,
} from '@winrate/shared-schema/contracts'

export interface MadeTable {
  /** The text of the given version. */
  text(version: number): string
  /** Gives this many rows other numbers, as a tick would; all rows by default. */
  change(rows?: number): void
}

export const MADE_EPOCH = '0198a000-0000-7000-8000-00000000be7c'

interface Row {
  readonly samples: number
  readonly successes: number
  readonly quality: number
  readonly responseTimeMs: number
  readonly costUsd: number
  readonly evidence: number
  readonly reward: number
  readonly fadedEvidence: number
  readonly fadedReward: number
}

/** `tasks` × `models` cells, with the same numbers every time. */
export function makeTable({
  epoch = MADE_EPOCH,
  tasks,
  models,
}: {
  readonly epoch?: string
  readonly tasks: number
  readonly models: number
}): MadeTable {
  const random = seededRandom(tasks * models)
  const rows = Array.from({ length: tasks * models }, () => makeRow(random))
  const column = (of: (row: Row) => number) => rows.map(of)
  const content = (version: number): SnapshotContent => ({
    epoch,
    version,
    createdAt: new Date().toISOString(),
    windowDays: 7,
    policy: {
      kind: 'thompson',
      priorMass: 10,
      exploration: 0.005,
      costWeight: 0.1,
      staleHalfLifeHours: 48,
    },
    confidence: { slope: 0.01, midpoint: 50, floor: 5 },
    queueWatermark: 1_000_000 + 371 * version,
    tasks: Array.from({ length: tasks }, (_, at) => `task-${at}`),
    models: Array.from({ length: models }, (_, at) => ({
      provider: `provider-${at % 7}`,
      name: `model-name-${at}`,
    })),
    cells: {
      task: rows.map((_, at) => Math.floor(at / models)),
      model: rows.map((_, at) => at % models),
      samples: column((row) => row.samples),
      successes: column((row) => row.successes),
      quality: column((row) => row.quality),
      responseTimeMs: column((row) => row.responseTimeMs),
      costUsd: column((row) => row.costUsd),
      evidence: column((row) => row.evidence),
      reward: column((row) => row.reward),
      fadedEvidence: column((row) => row.fadedEvidence),
      fadedReward: column((row) => row.fadedReward),
    },
  })
  return {
    text: (version) => writeSnapshotText(content(version)),
    change(count = rows.length) {
      const first = Math.floor(random() * rows.length)
      const step = Math.max(1, Math.floor(rows.length / count))
      for (let changed = 0; changed < count; changed += 1) {
        rows[(first + changed * step) % rows.length] = makeRow(random)
      }
    },
  }
}

/** The delta that a worker sends to clients that have `base` and need `next`. */
export function deltaText(base: string, next: string): string {
  const delta: DeltaContent | undefined = deltaBetween(
    parseSnapshotText(base),
    parseSnapshotText(next),
  )
  if (delta === undefined) throw new Error('no delta between these snapshots')
  return writeDeltaText(delta)
}

function makeRow(random: () => number): Row {
  const samples = Math.floor(50 + random() * 2_000)
  const winRate = 0.5 + 0.45 * random()
  return {
    samples,
    successes: Math.floor(samples * winRate),
    quality: rounded(random(), 6),
    responseTimeMs: rounded(500 + 5_000 * random(), 3),
    costUsd: rounded(0.05 * random(), 9),
    evidence: samples,
    reward: rounded(winRate, 6),
    fadedEvidence: rounded(500 * random(), 3),
    fadedReward: rounded(random(), 6),
  }
}

function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals))
}
