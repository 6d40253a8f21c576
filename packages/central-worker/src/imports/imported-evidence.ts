// Lets imports, what other projects know, and what paths showed before they were learned apart, shape priors as faded outcomes do:
// they enter the expectation before a cell's own evidence, with a bounded mass, and nothing else. Guarantees: no sample, win rate, base or similarity contains them; one instance's cap does not touch
// them; an unchanged cell is the same object as before.
import { type CellName, cellKey, snapshotLimits } from '@winrate/shared-schema/contracts'
import { addEvidence, type Evidence, meanReward, winRate } from '@winrate/shared-schema/scoring'
import type { CellMetrics } from '../cells/cell-metrics.ts'
import type { Queryable } from '../postgres/queryable.ts'
import { readShared } from '../sharing/sharing-settings.ts'
import { readEarlier } from '../splits/earlier-outcomes.ts'
import type { ModelNaming } from '../window/create-naming.ts'
import type { ImportedSums } from './import-sums.ts'

/** However many scores an import has, they count as this many outcomes in a cell: a day or two of live ones outweigh them. */
export const IMPORTED_MASS = 30

export interface Imported extends Evidence {
  readonly name: CellName
  /** The latest import that tells of the cell. */
  readonly importedAt: Date
}

/** What an import says of a cell, or what is told as one is: by other projects, or by outcomes of before a split. */
export interface ImportedRow
  extends Omit<Readonly<ImportedSums>, 'qualitySum' | 'qualityCount'>,
    Partial<Pick<ImportedSums, 'qualitySum' | 'qualityCount'>> {
  readonly importedAt: Date
}

interface ImportingOptions {
  readonly nameOf: ModelNaming
  /** Share of the reward that a reported quality decides. */
  readonly qualityWeight?: number | undefined
}

/** What imports say of single cells. */
export async function readImported(queryable: Queryable): Promise<readonly ImportedRow[]> {
  const { rows } = await queryable.query<ImportedRow>({
    name: 'read-imported',
    text: `
      select task_type as "taskType", model_name as "modelName", provider,
        thinking_level as "thinkingLevel", samples, successes, quality_sum as "qualitySum",
        quality_count as "qualityCount", imported_at as "importedAt"
      from winrate.imported_cells
      join winrate.imports using (name)
      order by name, 1, 2, 3, 4`,
  })
  return rows
}

/** By cell, under the names that outcomes count under. */
export function sumImported(
  rows: readonly ImportedRow[],
  { nameOf, qualityWeight }: ImportingOptions,
): ReadonlyMap<string, Imported> {
  const found = new Map<string, Imported>()
  for (const row of rows) {
    const { taskType, thinkingLevel, samples, successes, qualitySum = 0, qualityCount = 0 } = row
    const name = { taskType, ...nameOf(row), thinkingLevel }
    const quality = qualityCount > 0 ? qualitySum / qualityCount : null
    const qualityShare = qualityCount / samples
    const rate = winRate(successes, samples)
    const reward = meanReward({ winRate: rate, quality, qualityShare }, qualityWeight)
    const key = cellKey(name)
    const before = found.get(key)
    const both = addEvidence(before ?? { mass: 0, reward: 0 }, { mass: samples, reward })
    const importedAt =
      before !== undefined && before.importedAt > row.importedAt
        ? before.importedAt
        : row.importedAt
    found.set(key, { ...both, name, importedAt })
  }
  return found
}

/** What a result was made of. */
interface Made {
  readonly from: CellMetrics | undefined
  readonly mass: number
  readonly reward: number
  readonly cell: CellMetrics
}

export function createImporting(options: ImportingOptions) {
  let made: ReadonlyMap<string, Made> = new Map()

  return async <Of extends { readonly cells: readonly CellMetrics[] }>(
    queryable: Queryable,
    findings: Of,
  ): Promise<Of> => {
    const rows = [
      ...(await readImported(queryable)),
      ...(await readEarlier(queryable)),
      ...(await readShared(queryable)),
    ]
    const imported = sumImported(rows, options)
    // Kept from tick to tick, so that what is unchanged is not stored again.
    made = makeImported(findings.cells, imported, made)
    return made.size === 0 ? findings : { ...findings, cells: cellsWith(findings.cells, made) }
  }
}

/**
 * The cells of which something is imported, by key.
 *
 * @param most Cells that a client takes: imports add none beyond these, as it would refuse the live ones, too.
 */
export function makeImported(
  cells: readonly CellMetrics[],
  imported: ReadonlyMap<string, Imported>,
  before: ReadonlyMap<string, Made> = new Map(),
  most = snapshotLimits.entries,
): ReadonlyMap<string, Made> {
  const made = new Map<string, Made>()
  if (imported.size === 0) return made
  const byKey = new Map(cells.map((cell) => [cellKey(cell), cell]))
  let room = most - cells.length
  for (const [key, evidence] of imported) {
    const from = byKey.get(key)
    if (from === undefined && room <= 0) continue
    if (from === undefined) room -= 1
    // What broke since is not what was evaluated.
    if (from?.changedAt != null && from.changedAt > evidence.importedAt) continue
    const mass = Math.min(IMPORTED_MASS, evidence.mass)
    const { reward } = evidence
    const known = before.get(key)
    const isSame = known?.from === from && known?.mass === mass && known.reward === reward
    const cell = withFaded(from ?? emptyCell(evidence.name), { mass, reward })
    made.set(key, known !== undefined && isSame ? known : { from, mass, reward, cell })
  }
  return made
}

/** In the order of their keys. */
export function cellsWith(
  cells: readonly CellMetrics[],
  made: ReadonlyMap<string, Made>,
): readonly CellMetrics[] {
  if (made.size === 0) return cells
  const all = new Map(cells.map((cell) => [cellKey(cell), cell]))
  for (const [key, { cell }] of made) all.set(key, cell)
  return [...all].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, cell]) => cell)
}

function withFaded(cell: CellMetrics, imported: Evidence): CellMetrics {
  const faded = { mass: cell.fadedEvidence, reward: cell.fadedReward ?? 0 }
  const { mass, reward } = addEvidence(faded, imported)
  return {
    ...cell,
    fadedEvidence: Number(mass.toFixed(3)),
    fadedReward: Math.min(1, Number(reward.toFixed(6))),
  }
}

function emptyCell({ taskType, modelName, provider, thinkingLevel }: CellName): CellMetrics {
  return {
    ...{ taskType, modelName, provider, thinkingLevel },
    ...{ samples: 0, successes: 0, winRate: 0, confidence: 0 },
    ...{ avgQuality: null, avgResponseTimeMs: null, avgCostUsd: null },
    ...{ transportFailures: 0, instances: 0 },
    ...{ typicalResponseTimeMs: null, typicalCostUsd: null },
    ...{ evidence: 0, reward: null, fadedEvidence: 0, fadedReward: null },
    ...{ undrawnEvidence: 0, undrawnReward: null, changedAt: null, quarantinedSamples: 0 },
  }
}
