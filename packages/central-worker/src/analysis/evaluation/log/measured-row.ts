// Moments of all measures as columns of one row, so that the database goes through outcomes once.

import type { LoggedSums, Measure } from './logged-cells.ts'
import type { Moments } from './moments.ts'

/** A row of sums of one cell, as the database answers it. */
export type MeasuredRow = Omit<LoggedSums, 'measure' | 'moments'> & {
  readonly [column in `${Measure}_${keyof Moments}`]: number
}

/** The columns of a `MeasuredRow` over outcomes with `u` = 1 / propensity. */
export const measuredColumns = [
  ...columnsOf('success', 'success'),
  ...columnsOf('reward', 'reward'),
  ...columnsOf('costUsd', 'cost_usd'),
].join(', ')

/** A row for each measure that is reported. */
export function splitMeasures(row: MeasuredRow): LoggedSums[] {
  const { part, taskType, modelName, provider, thinkingLevel } = row
  return (['success', 'reward', 'costUsd'] as const).flatMap((measure) => {
    const moments = momentsOf(row, measure)
    if (moments.count === 0) return []
    return [{ part, taskType, modelName, provider, thinkingLevel, measure, moments }]
  })
}

function momentsOf(row: MeasuredRow, measure: Measure): Moments {
  return {
    count: row[`${measure}_count`],
    u: row[`${measure}_u`],
    uu: row[`${measure}_uu`],
    y: row[`${measure}_y`],
    yy: row[`${measure}_yy`],
    uy: row[`${measure}_uy`],
    uyy: row[`${measure}_uyy`],
    uuy: row[`${measure}_uuy`],
    uuyy: row[`${measure}_uuyy`],
  }
}

function columnsOf(measure: Measure, y: string): string[] {
  const sums: Readonly<Record<keyof Moments, string>> = {
    count: `count(${y})::double precision`,
    u: `sum(u) filter (where ${y} is not null)`,
    uu: `sum(u * u) filter (where ${y} is not null)`,
    y: `sum(${y})`,
    yy: `sum(${y} * ${y})`,
    uy: `sum(u * ${y})`,
    uyy: `sum(u * ${y} * ${y})`,
    uuy: `sum(u * u * ${y})`,
    uuyy: `sum(u * u * ${y} * ${y})`,
  }
  return Object.entries(sums).map(
    ([moment, sum]) => `coalesce(${sum}, 0) as "${measure}_${moment}"`,
  )
}
