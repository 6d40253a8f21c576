// Snapshots full of invented names, as one publisher without manners would bring them about.
import { type SnapshotRow, snapshotTextFromTable } from '@winrate/router-client/testing'

const known: readonly SnapshotRow[] = [
  { taskType: 'coding', model: 'codex', provider: 'codex', samples: 500, successes: 400 },
  { taskType: 'chat', model: 'claude-sonnet', provider: 'anthropic', samples: 500, successes: 300 },
]
const codex = { model: 'codex', provider: 'codex' }

/** What is invented, and the row of its number. */
const shapes = {
  'models of one task type': (at) => ({ taskType: 'coding', model: `m${at}` }),
  'task types of one model': (at) => ({ taskType: `t${at}`, ...codex }),
  'thinking levels of one model': (at) => ({
    taskType: 'coding',
    ...codex,
    thinkingLevel: `l${at}`,
  }),
  'task types and models': (at) => ({
    taskType: `t${at % 300}`,
    model: `m${Math.floor(at / 300)}`,
  }),
} satisfies Record<string, (at: number) => Pick<SnapshotRow, 'taskType' | 'model'>>

export const shapeNames = Object.keys(shapes)

/** The text of a version of a snapshot with this many cells. */
export function inventedText(shape: string, cells: number, version: number): string {
  const invent = Object.entries(shapes).find(([name]) => name === shape)?.[1]
  if (invent === undefined) throw new Error(`no shape ${shape}`)
  const rows = Array.from({ length: cells - known.length }, (_, at) => ({
    samples: 1,
    successes: 1,
    costUsd: 0.01,
    responseTimeMs: 900,
    ...invent(at),
  }))
  return snapshotTextFromTable([...known, ...rows], {
    policy: { kind: 'thompson' },
    version,
  })
}
