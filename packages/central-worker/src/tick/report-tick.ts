// What a tick logs: what began or ended since the last tick, and one line that sums it up.
import { cellKey } from '@winrate/shared-schema/contracts'
import type { Logger } from 'pino'
import type { CellMetrics } from '../cells/cell-metrics.ts'
import type { Findings } from '../cells/cell-results.ts'
import type { QuarantineChange } from '../quarantine/store-quarantines.ts'
import type { TickContext } from './read-tick-context.ts'

const HOUR_MS = 3_600_000

/**
 * Borders between spans are at most this far apart, in multiples of their age: as a break grows older it is
 * found at neighbouring borders.
 */
const SAME_BREAK_TIMES = 4

/** The most cells that a line names: an instance may invent any number. */
const MOST_CELLS = 20

/** A line when an instance begins to be left out, and one when it counts again. */
export function reportQuarantines(logger: Logger, changes: readonly QuarantineChange[]): void {
  for (const { change, cells, ...rest } of changes) {
    const facts = { ...rest, cells: cells.slice(0, MOST_CELLS), cellCount: cells.length }
    if (change === 'begun') logger.warn(facts, 'instance-quarantined')
    else logger.info(facts, 'instance-released')
  }
}

/** A line for each break that was not there at the last tick. */
export function reportBreaks(
  logger: Logger,
  { cells }: Pick<Findings, 'cells'>,
  { hour, changes }: TickContext,
): void {
  const known = new Map(changes.map((change) => [cellKey(change), change.changedAt]))
  for (const cell of cells) {
    if (cell.changedAt === null) continue
    const before = known.get(cellKey(cell))
    if (before !== undefined && !isNewer(cell.changedAt, before, hour)) continue
    const { taskType, modelName, provider, thinkingLevel, changedAt, samples, winRate } = cell
    const name = { taskType, modelName, provider, thinkingLevel }
    logger.warn({ ...name, changedAt, samples, winRate }, 'cell-changed')
  }
}

function isNewer(changedAt: Date, before: Date, hour: Date): boolean {
  const ageHours = (moment: Date) => (hour.getTime() - moment.getTime()) / HOUR_MS + 1
  return ageHours(changedAt) * SAME_BREAK_TIMES < ageHours(before)
}

/**
 * Warns of instances that differ where no majority says which is right: once per process, and again after
 * the instance agreed with the others.
 */
export function createDifferenceReport(
  logger: Logger,
): (findings: Pick<Findings, 'differences'>) => void {
  let reported = new Set<string>()
  return ({ differences }) => {
    const present = new Set<string>()
    for (const difference of differences) {
      const id = `${difference.instanceId}\0${cellKey(difference)}`
      present.add(id)
      if (!reported.has(id)) logger.warn(difference, 'instance-differs')
    }
    reported = present
  }
}

/** A line per cell in debug; in info one line with the best model of each task type. */
export function reportCells(
  logger: Logger,
  result: object,
  { cells }: Pick<Findings, 'cells'>,
): void {
  const best = new Map<string, CellMetrics>()
  for (const cell of cells) {
    logger.debug(cell, 'cell-aggregated')
    const known = best.get(cell.taskType)
    if (known === undefined || cell.winRate > known.winRate) best.set(cell.taskType, cell)
  }
  const summary = [...best.values()].map((cell) => {
    const { taskType, modelName, winRate, samples, confidence } = cell
    return { taskType, modelName, winRate, samples, confidence }
  })
  logger.info({ ...result, best: summary }, 'snapshot-published')
}
