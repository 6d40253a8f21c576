// Measures on published outcomes how much what one model fails at is hard for the others: the dependence (decision 61).
//
//   npm run bench:dependence -- FILE.csv.gz...
//
// Models that hardly anybody would try are left out: each category is measured on its best ten. For each of their ordered
// pairs: what one does at the queries that the other failed at, beside what it does at all queries that both have.
import { basename } from 'node:path'
import { readOutcomeFile } from '@winrate/demo/data/read-outcome-file'
import {
  dependenceLogLikelihood,
  type EscalatedResults,
  MOST_DEPENDENCE,
} from '@winrate/shared-schema/scoring'

const MODELS = 10
/** Fewer queries of a category, or failures of a pair, say nothing. */
const LEAST_QUERIES = 50
const LEAST_FAILURES = 10
const STEP = 0.1

type Results = ReadonlyMap<string, boolean>

function pairOf(first: Results, second: Results): EscalatedResults | undefined {
  const both = [...first].filter(([query]) => second.has(query))
  const failed = both.filter(([, success]) => !success)
  if (both.length < LEAST_QUERIES || failed.length < LEAST_FAILURES) return undefined
  const successes = (of: typeof both, results: Results) =>
    of.filter(([query]) => results.get(query)).length
  const rescued = successes(failed, second)
  return {
    rate: successes(both, second) / both.length,
    failedRates: [successes(both, first) / both.length],
    successes: rescued,
    failures: failed.length - rescued,
  }
}

function likeliest(pairs: readonly EscalatedResults[]): number {
  let best = { dependence: 0, likelihood: Number.NEGATIVE_INFINITY }
  for (let dependence = 0; dependence <= MOST_DEPENDENCE; dependence += STEP) {
    const likelihood = dependenceLogLikelihood(pairs, dependence)
    if (likelihood > best.likelihood) best = { dependence, likelihood }
  }
  return best.dependence
}

const found: number[] = []
for (const file of process.argv.slice(2)) {
  const byCategory = new Map<string, Map<string, Map<string, boolean>>>()
  for (const { category, model, queryId, success } of await readOutcomeFile(file)) {
    const models = byCategory.get(category) ?? new Map<string, Map<string, boolean>>()
    byCategory.set(category, models)
    const results = models.get(model) ?? new Map<string, boolean>()
    models.set(model, results)
    results.set(queryId, success)
  }
  for (const [category, models] of byCategory) {
    const rate = (results: Results) => [...results.values()].filter(Boolean).length / results.size
    const best = [...models.values()]
      .filter(({ size }) => size >= LEAST_QUERIES)
      .sort((one, other) => rate(other) - rate(one))
      .slice(0, MODELS)
    const pairs = best.flatMap((first) =>
      best.flatMap((second) => (first === second ? [] : (pairOf(first, second) ?? []))),
    )
    if (pairs.length === 0) continue
    const dependence = likeliest(pairs)
    found.push(dependence)
    console.log(
      `${basename(file)}  ${category}: ${dependence.toFixed(1)} (${best.length} models, ${pairs.length} pairs)`,
    )
  }
}
const mean = found.reduce((sum, one) => sum + one, 0) / found.length
const spread = Math.sqrt(
  found.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (found.length - 1),
)
console.log(
  `\nmean ${mean.toFixed(2)}, standard deviation ${spread.toFixed(2)}, ${found.length} categories`,
)
