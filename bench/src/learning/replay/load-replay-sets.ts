import { basename } from 'node:path'
import { bundledTaskMapFile } from '@winrate/demo/data/bundled-data'
import { collectQueries, type Query } from '@winrate/demo/data/collect-queries'
import type { PublishedOutcome } from '@winrate/demo/data/published-outcome'
import { readOutcomeFile } from '@winrate/demo/data/read-outcome-file'
import { readTaskMap, type TaskMap } from '@winrate/demo/data/read-task-map'
import { UsageError } from '@winrate/demo/errors'
import { isTaskType } from '@winrate/shared-schema/contracts'
import { createReplaySet, type ReplaySet } from './replay-set.ts'

export interface ReplayData {
  readonly dataFiles: readonly string[]
  /** Undefined for the bundled map. In a file that it does not know, each category is its own task type. */
  readonly taskMapFile: string | undefined
}

/** One set per file and, for several files, one named 'all'. Throws UsageError that says what is wrong. */
export async function loadReplaySets(data: ReplayData): Promise<readonly ReplaySet[]> {
  const map = await readTaskMap(data.taskMapFile ?? bundledTaskMapFile)
  const files: { readonly name: string; readonly queries: readonly Query[] }[] = []
  const seen = new Map<string, number>()
  for (const file of data.dataFiles) {
    const outcomes = await readOutcomeFile(file)
    const mapped = collectQueries(outcomes, map).queries
    if (mapped.length === 0 && data.taskMapFile !== undefined) {
      throw new UsageError(`${file}: ${data.taskMapFile} maps none of its categories`)
    }
    const queries =
      mapped.length > 0 ? mapped : collectQueries(outcomes, ownTaskTypes(outcomes)).queries
    files.push({ name: distinctName(file, seen), queries })
  }
  const sets = files.map(({ name, queries }) => createReplaySet(name, queries))
  if (sets.length < 2) return sets
  return [
    ...sets,
    createReplaySet(
      'all',
      files.flatMap(({ queries }) => queries),
    ),
  ]
}

/** Numbers files with the same name in different folders; the name 'all' stays reserved. */
function distinctName(file: string, seen: Map<string, number>): string {
  const name = basename(file).replace(/\.csv(\.gz)?$/, '')
  const before = seen.get(name) ?? (name === 'all' ? 1 : 0)
  seen.set(name, before + 1)
  return before === 0 ? name : `${name}-${before + 1}`
}

/** Each category as its own task type, under its own name where that is a valid one. */
export function ownTaskTypes(outcomes: readonly PublishedOutcome[]): TaskMap {
  const sources = new Map<string, Map<string, string>>()
  for (const { source, category } of outcomes) {
    const row = sources.get(source) ?? new Map<string, string>()
    sources.set(source, row)
    if (!row.has(category)) row.set(category, taskTypeFrom(category))
  }
  return Object.fromEntries([...sources].map(([source, row]) => [source, Object.fromEntries(row)]))
}

const MOST_CHARS = 63

function taskTypeFrom(category: string): string {
  return isTaskType(category) ? category : sanitised(category)
}

function sanitised(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, MOST_CHARS)
    .replace(/-+$/, '')
  return plain === '' ? 'other' : plain
}
