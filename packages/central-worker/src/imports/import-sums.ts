// What an import adds up to. Guarantees: all or nothing; what is wrong is said by line, the first ones of many.
import { type CellName, cellKey } from '@winrate/shared-schema/contracts'

export interface ImportedSums extends CellName {
  samples: number
  successes: number
  qualitySum: number
  qualityCount: number
}

export interface Score {
  /** 0 to 1: a part of a success. */
  readonly success: number
  readonly quality?: number | undefined
}

/** What is kept of all imports together. */
export const MOST_IMPORTED_CELLS = 10_000
const MOST_PROBLEMS = 10

export class ImportSums {
  readonly #cells = new Map<string, ImportedSums>()
  readonly #problems: string[] = []
  scores = 0
  /** Rows, or cells of a table, without a score. */
  skipped = 0

  get cells(): readonly ImportedSums[] {
    return [...this.#cells.values()]
  }

  add(name: CellName, { success, quality }: Score): void {
    const key = cellKey(name)
    const { taskType, modelName, provider, thinkingLevel } = name
    const cell = this.#cells.get(key) ?? {
      ...{ taskType, modelName, provider, thinkingLevel },
      ...{ samples: 0, successes: 0, qualitySum: 0, qualityCount: 0 },
    }
    if (cell.samples === 0 && this.#cells.size >= MOST_IMPORTED_CELLS) {
      throw new Error(
        `more than ${MOST_IMPORTED_CELLS} models at task types: import a part of them`,
      )
    }
    this.#cells.set(key, cell)
    this.scores += 1
    cell.samples += 1
    cell.successes += success
    if (quality === undefined) return
    cell.qualitySum += quality
    cell.qualityCount += 1
  }

  /** Notes what is wrong with a line, so that a person can correct several at once. */
  complain(line: number, problem: string): void {
    this.#problems.push(`line ${line}: ${problem}`)
    if (this.#problems.length === MOST_PROBLEMS) this.#refuse('and maybe more')
  }

  /** @throws Error where anything is wrong, or there is nothing. */
  finish(): void {
    if (this.#problems.length > 0) this.#refuse()
    if (this.scores === 0) throw new Error('nothing is imported: the file holds no score')
  }

  #refuse(...more: readonly string[]): never {
    throw new Error(['nothing is imported:', ...this.#problems, ...more].join('\n'))
  }
}
