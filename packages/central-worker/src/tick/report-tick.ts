// What a tick logs: what began or ended since the last tick, and one line that sums it up.
import { cellKey } from '@winrate/shared-schema/contracts'
import type { Logger } from 'pino'
import type { CellMetrics } from '../cells/cell-metrics.ts'
import { bestCellFirst } from '../cells/cell-ranking.ts'
import type { Findings } from '../cells/cell-results.ts'
import type { MissingChanges } from '../missing/judge-missing.ts'
import type { QuarantineChanges } from '../quarantine/store-quarantines.ts'
import type { TickContext } from './read-tick-context.ts'

const HOUR_MS = 3_600_000

/**
 * Borders between spans are at most this far apart, in multiples of their age: as a break grows older it is
 * found at neighbouring borders.
 */
const SAME_BREAK_TIMES = 4

/** The most that one tick tells one by one, or names in one line: clients may invent any number. */
const MOST_TOLD = 20

/** A line when an instance begins to be left out, and one when it counts again. */
export function reportQuarantines(
  logger: Logger,
  { changes, changesUntold }: QuarantineChanges,
): void {
  for (const { change, ...facts } of changes) {
    if (change === 'begun') logger.warn(facts, 'instance-quarantined')
    else logger.info(facts, 'instance-released')
  }
  reportUntold(logger, 'quarantine-changes', changesUntold)
}

/** A line when outcomes of a model begin to be missing or its verdicts to be unequal, and one when they no longer are. */
export function reportMissing(logger: Logger, changes: MissingChanges | undefined): void {
  const { begun = [], ended = [] } = changes ?? {}
  for (const { taskType, modelName, provider, thinkingLevel, reportedShare } of begun.slice(
    0,
    MOST_TOLD,
  )) {
    logger.warn({ taskType, modelName, provider, thinkingLevel, reportedShare }, 'outcomes-missing')
  }
  for (const cell of ended.slice(0, MOST_TOLD)) logger.info(cell, 'outcomes-complete')
  reportUntold(logger, 'outcomes-missing', begun.length - MOST_TOLD)
  const { begun: unequal = [], ended: equal = [] } = changes?.verdicts ?? {}
  for (const facts of unequal.slice(0, MOST_TOLD)) logger.warn(facts, 'verdicts-unequal')
  for (const cell of equal.slice(0, MOST_TOLD)) logger.info(cell, 'verdicts-equal')
  reportUntold(logger, 'verdicts-unequal', unequal.length - MOST_TOLD)
}

/** What happened as often as that besides what was told one by one. */
function reportUntold(logger: Logger, what: string, count: number): void {
  if (count > 0) logger.warn({ what, count }, 'more-of-the-same')
}

/** The cells with a break that was not there at the last tick. */
export function findNewBreaks(
  { cells }: Pick<Findings, 'cells'>,
  { hour, changes }: Pick<TickContext, 'hour' | 'changes'>,
): readonly CellMetrics[] {
  const known = new Map(changes.map((change) => [cellKey(change), change.changedAt]))
  return cells.filter((cell) => {
    if (cell.changedAt === null) return false
    const before = known.get(cellKey(cell))
    return before === undefined || isNewer(cell.changedAt, before, hour)
  })
}

/** A line for each new break. */
export function reportBreaks(logger: Logger, broken: readonly CellMetrics[]): void {
  for (const cell of broken.slice(0, MOST_TOLD)) {
    const { taskType, modelName, provider, thinkingLevel, changedAt, samples, winRate } = cell
    const name = { taskType, modelName, provider, thinkingLevel }
    logger.warn({ ...name, changedAt, samples, winRate }, 'cell-changed')
  }
  reportUntold(logger, 'cells-changed', broken.length - MOST_TOLD)
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
    let told = 0
    for (const difference of differences) {
      const id = `${difference.instanceId}\0${cellKey(difference)}`
      present.add(id)
      if (reported.has(id)) continue
      told += 1
      if (told <= MOST_TOLD) logger.warn(difference, 'instance-differs')
    }
    reportUntold(logger, 'instance-differences', told - MOST_TOLD)
    reported = present
  }
}

/** Warns when cells are left out, once an hour while they are; tells when all of them count again. */
export function createLeftOutReport(logger: Logger) {
  let toldMs: number | undefined
  return ({ cells, leftOutCells }: LeftOut, { hour }: Pick<TickContext, 'hour'>): void => {
    const hourMs = hour.getTime()
    if (leftOutCells === 0) {
      if (toldMs !== undefined) logger.info({ cells }, 'cells-counted-again')
      toldMs = undefined
    } else if (toldMs !== hourMs) {
      logger.warn({ cells, leftOutCells }, 'cells-left-out')
      toldMs = hourMs
    }
  }
}

/** Warns when a measurement fails, once for each cause; and again after it has succeeded. */
export function createMeasuringReport(logger: Logger) {
  const told = new Map<string, string>()
  return (measurement: string, error?: unknown): void => {
    if (error === undefined) {
      told.delete(measurement)
      return
    }
    const cause = error instanceof Error ? error.message : String(error)
    if (told.get(measurement) === cause) return
    told.set(measurement, cause)
    logger.warn({ measurement, cause }, 'measurement-failed')
  }
}

interface LeftOut {
  /** Cells that count. */
  readonly cells: number
  readonly leftOutCells: number
}

/**
 * A line per cell in debug; in info one line with the best model of each task type, of those with the most samples.
 */
export function reportCells(
  logger: Logger,
  result: object,
  { cells }: Pick<Findings, 'cells'>,
): void {
  const best = new Map<string, { cell: CellMetrics; samples: number }>()
  for (const cell of cells) {
    logger.debug(cell, 'cell-aggregated')
    const known = best.get(cell.taskType)
    const samples = (known?.samples ?? 0) + cell.samples
    const isBetter = known === undefined || bestCellFirst(cell, known.cell) < 0
    best.set(cell.taskType, { cell: isBetter ? cell : known.cell, samples })
  }
  const summary = [...best.values()]
    .sort((one, other) => other.samples - one.samples)
    .slice(0, MOST_TOLD)
    .map(({ cell }) => {
      const { taskType, modelName, winRate, samples, confidence } = cell
      return { taskType, modelName, winRate, samples, confidence }
    })
  logger.info({ ...result, best: summary, taskTypes: best.size }, 'snapshot-published')
}
