// Tells two things apart that are seen only together: a level of each row and an effect of each column, whose sum is measured
// where a row and a column meet. Effects are random ones: they are shrunk by how much columns differ, which is estimated, too.
// The equations of both are solved at once (Henderson 1953). Taking turns between levels and effects gets nowhere where rows
// were mostly measured in different columns: then each is explained by the other.
import { valueAt } from '../runtime/value-at.ts'

/** A row's measurements by column, and how exact each is: 1 / variance, 0 where there is none. */
export interface Row {
  readonly values: Float64Array
  readonly precision: Float64Array
}

export interface AdditiveFit {
  readonly levels: Float64Array
  readonly effects: Float64Array
  /** How much columns differ: the likeliest of the given variances. */
  readonly variance: number
}

/** @param variances How much columns may differ, the least first; each is greater than 0. */
export function fitAdditive(rows: readonly Row[], variances: readonly number[]): AdditiveFit {
  const width = rows[0]?.values.length ?? 0
  const columns = Array.from({ length: width }, (_, at) => at).filter((at) =>
    rows.some(({ precision }) => valueAt(precision, at) > 0),
  )
  const system = absorbLevels(rows, columns)
  let best = solve(system, variances[0] ?? 1)
  for (const variance of variances.slice(1)) {
    const solved = solve(system, variance)
    if (solved.logLikelihood > best.logLikelihood) best = solved
  }
  const effects = new Float64Array(width)
  for (const [at, column] of columns.entries()) effects[column] = valueAt(best.effects, at)
  const levels = Float64Array.from(rows, ({ values, precision }) => {
    let [sum, mass] = [0, 0]
    for (const [column, exact] of precision.entries()) {
      sum += exact * (valueAt(values, column) - valueAt(effects, column))
      mass += exact
    }
    return mass === 0 ? 0 : sum / mass
  })
  return { levels, effects, variance: best.variance }
}

interface System {
  readonly size: number
  /** By row; what is above the diagonal is left out, as it is the same. */
  readonly matrix: Float64Array
  readonly right: Float64Array
}

/** What is left to be explained by columns, whatever the levels of the rows are. */
function absorbLevels(rows: readonly Row[], columns: readonly number[]): System {
  const size = columns.length
  const matrix = new Float64Array(size * size)
  const right = new Float64Array(size)
  // By index, because this takes most of the time: the lower half is all that is needed.
  const exact = new Float64Array(size)
  const measured = new Float64Array(size)
  for (const { values, precision } of rows) {
    let [mass, sum] = [0, 0]
    for (let at = 0; at < size; at += 1) {
      const column = columns[at] ?? 0
      const own = valueAt(precision, column)
      const value = valueAt(values, column)
      exact[at] = own
      measured[at] = value
      mass += own
      sum += own * value
    }
    if (mass === 0) continue
    const mean = sum / mass
    for (let at = 0; at < size; at += 1) {
      const own = valueAt(exact, at)
      if (own === 0) continue
      add(right, at, own * (valueAt(measured, at) - mean))
      add(matrix, at * size + at, own)
      const share = own / mass
      for (let other = 0; other <= at; other += 1) {
        add(matrix, at * size + other, -share * valueAt(exact, other))
      }
    }
  }
  return { size, matrix, right }
}

/** The effects, if columns differ by `variance`, and how likely that makes the measurements (restricted likelihood). */
function solve({ size, matrix, right }: System, variance: number) {
  const lower = Float64Array.from(matrix)
  for (let at = 0; at < size; at += 1) add(lower, at * size + at, 1 / variance)
  let logDeterminant = size * Math.log(variance)
  // Cholesky's decomposition, in place.
  for (let column = 0; column < size; column += 1) {
    let pivot = valueAt(lower, column * size + column)
    for (let at = 0; at < column; at += 1) pivot -= valueAt(lower, column * size + at) ** 2
    const root = Math.sqrt(Math.max(pivot, Number.MIN_VALUE))
    lower[column * size + column] = root
    logDeterminant += 2 * Math.log(root)
    for (let row = column + 1; row < size; row += 1) {
      let value = valueAt(lower, row * size + column)
      for (let at = 0; at < column; at += 1) {
        value -= valueAt(lower, row * size + at) * valueAt(lower, column * size + at)
      }
      lower[row * size + column] = value / root
    }
  }
  const effects = Float64Array.from(right)
  for (let row = 0; row < size; row += 1) {
    let value = valueAt(effects, row)
    for (let at = 0; at < row; at += 1)
      value -= valueAt(lower, row * size + at) * valueAt(effects, at)
    effects[row] = value / valueAt(lower, row * size + row)
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    let value = valueAt(effects, row)
    for (let at = row + 1; at < size; at += 1) {
      value -= valueAt(lower, at * size + row) * valueAt(effects, at)
    }
    effects[row] = value / valueAt(lower, row * size + row)
  }
  let explained = 0
  for (const [at, effect] of effects.entries()) explained += effect * valueAt(right, at)
  return { effects, variance, logLikelihood: (explained - logDeterminant) / 2 }
}

function add(sums: Float64Array, at: number, value: number): void {
  sums[at] = valueAt(sums, at) + value
}
