// Measures how often a standing experiment ever calls arms different that are not, looked at after every snapshot, and how
// long it takes to see arms that differ: the figures of decision 71. Each run is 200 snapshots with 50 decisions between them.
//
// Then how often what the baseline would have cost is within its interval, on days without an experiment: those of decision 80.
//
//   npm run bench:experiment [-- RUNS [PART OF A NAME]]
import {
  type MadeExperiment,
  type Measure,
  madeExperiments,
  measures,
  simulateExperiment,
  studentOf,
} from '@winrate/central-worker/testing'
import { measureDays } from './measure-days.ts'

const RUNS = Number(process.argv[2] ?? 1_000)
const part = process.argv[3] ?? ''
/** The quantile of an interval that is meant for one look. */
const Z_95 = 1.959964

type Made = Omit<MadeExperiment, 'seed'>

/** By measure: after how many decisions each run first called the arms different. */
function play(made: Made, width?: (observations: number, freedom: number) => number) {
  const first = new Map<Measure, number[]>(measures.map((measure) => [measure, []]))
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const seen = new Set<Measure>()
    simulateExperiment(
      { ...made, seed },
      (comparison, decisions) => {
        for (const measure of measures) {
          if (seen.has(measure) || comparison[measure]?.clear !== true) continue
          seen.add(measure)
          first.get(measure)?.push(decisions)
        }
      },
      width,
    )
  }
  return first
}

const percent = (count: number) => `${((100 * count) / RUNS).toFixed(1)} %`
const shares = (first: ReturnType<typeof play>) =>
  Object.fromEntries([...first].map(([measure, found]) => [measure, percent(found.length)]))

console.log(`${RUNS} runs a row; in how many arms that are the same were ever called different`)
for (const [name, made] of Object.entries(madeExperiments)) {
  if (name.includes(part)) console.log(JSON.stringify({ name, ...shares(play(made)) }))
}
const plain = madeExperiments['one task type']
if (plain !== undefined && 'an interval of one look'.includes(part)) {
  const once = (_: number, freedom: number) => studentOf(Z_95, freedom)
  console.log(JSON.stringify({ name: 'an interval of one look', ...shares(play(plain, once)) }))
}

console.log(
  'the same with an effect: in how many it was found, and after how many decisions, the median',
)
const effects = {
  'success 5 points less, costs halved': { logit: -0.25, cost: 0.5 },
  'costs a fifth less': { logit: 0, cost: 0.8 },
}
for (const [name, effect] of Object.entries(effects)) {
  const made = madeExperiments['sessions over five task types']
  if (made === undefined || !name.includes(part)) continue
  const found = [...play({ ...made, effect })].map(([measure, at]) => {
    const middle = at.sort((one, other) => one - other)[Math.floor(RUNS / 2)]
    return [measure, `${percent(at.length)}, ${middle ?? 'more than the run'}`]
  })
  console.log(JSON.stringify({ name, ...Object.fromEntries(found) }))
}

console.log('days without an experiment: how often the truth is within its interval')
measureDays(RUNS, part)
