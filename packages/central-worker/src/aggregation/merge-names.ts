// Producers outside router-client may name a model by its provider's id, or leave the provider out.
// Their cells are counted under the catalogue's name, so that they are not learned from in vain.
import { type CatalogueEntry, UNKNOWN_PROVIDER } from '@winrate/shared-schema/contracts'
import type { WindowCell } from './read-window.ts'

/** Gives each cell its catalogue name and adds up those that then are the same. */
export function mergeNames(
  cells: readonly WindowCell[],
  catalogue: readonly CatalogueEntry[],
): readonly WindowCell[] {
  const merged = new Map<string, WindowCell>()
  for (const cell of cells) {
    const entry = catalogue.find((candidate) => names(candidate, cell))
    const named =
      entry === undefined ? cell : { ...cell, modelName: entry.key, provider: entry.provider }
    const id = JSON.stringify([
      named.taskType,
      named.modelName,
      named.provider,
      named.thinkingLevel,
    ])
    const present = merged.get(id)
    merged.set(id, present === undefined ? named : addCells(present, named))
  }
  return [...merged.entries()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, cell]) => cell)
}

function names({ key, model, provider }: CatalogueEntry, cell: WindowCell): boolean {
  const sameProvider = cell.provider === provider || cell.provider === UNKNOWN_PROVIDER
  return sameProvider && (cell.modelName === key || cell.modelName === model)
}

function addCells(one: WindowCell, other: WindowCell): WindowCell {
  return {
    ...one,
    samples: one.samples + other.samples,
    successes: one.successes + other.successes,
    transportFailures: one.transportFailures + other.transportFailures,
    qualitySum: one.qualitySum + other.qualitySum,
    qualityCount: one.qualityCount + other.qualityCount,
    responseTimeSumMs: one.responseTimeSumMs + other.responseTimeSumMs,
    responseTimeCount: one.responseTimeCount + other.responseTimeCount,
    costSumUsd: one.costSumUsd + other.costSumUsd,
    costCount: one.costCount + other.costCount,
    instanceIds: [...new Set([...one.instanceIds, ...other.instanceIds])],
  }
}
