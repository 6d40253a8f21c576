// Measures how often the intervals of `npx winrate evaluate` contain the truth where the decisions of a session hang
// together, and how often they call a difference clear where there is none: the figures of decision 51.
//
//   npm run bench:intervals [-- LOGS]
import {
  alwaysModel,
  evaluatePolicies,
  makeSessionLog,
  meanSuccess,
  studentQuantile,
  sumLog,
} from '@winrate/central-worker/testing'

const LOGS = Number(process.argv[2] ?? 200)
const FLEET = { instances: 20, hours: 72, decisionsPerHour: 2 }
const chances = [0.5, 0.3, 0.2]
const estimators = ['ips', 'snips', 'dr', 'difference'] as const

const of90 = { probability: 0.1, normal: 1.644854 }
const of95 = { probability: 0.05, normal: 1.959964 }

interface Case {
  readonly sessionHours: number
  readonly namesSessions: boolean
}

/** Half of the logs have models that differ, half have models that do not. */
async function measure({ sessionHours, namesSessions }: Case) {
  const effect = sessionHours === 0 ? 0 : 1
  const hits = { ips: 0, snips: 0, dr: 0, difference: 0 }
  const hits90 = { ips: 0, snips: 0, dr: 0, difference: 0 }
  let intervals = 0
  let nulls = 0
  let clear = 0
  let clusters = 0
  for (let seed = 1; seed <= LOGS; seed += 1) {
    const same = seed % 2 === 0
    const models = (same ? [1.27, 1.27, 1.27] : [1.27, 0.85, 0.4]).map((logit, at) => ({
      ...{ modelName: `model-${at}`, logit, chance: chances[at] ?? 0 },
      success: meanSuccess(logit, effect),
    }))
    const logged = models.reduce((sum, { chance, success }) => sum + chance * success, 0)
    const log = makeSessionLog({ seed, ...FLEET, sessionHours, effect, namesSessions, models })
    const targets = models.map(({ modelName }) => alwaysModel(modelName))
    const { policies } = await evaluatePolicies({ targets, ...sumLog(log, 10) })
    for (const [at, { success, effectiveClusters }] of policies.entries()) {
      if (success === null) continue
      const truth = models[at]?.success ?? 0
      const narrower =
        studentQuantile(of90, effectiveClusters - 1) / studentQuantile(of95, effectiveClusters - 1)
      intervals += 1
      clusters += effectiveClusters
      if (same) {
        nulls += 1
        if (success.difference.clear) clear += 1
      }
      for (const estimator of estimators) {
        const { estimate, high } = success[estimator]
        const off = Math.abs(estimate - (estimator === 'difference' ? truth - logged : truth))
        if (off <= high - estimate) hits[estimator] += 1
        if (off <= narrower * (high - estimate)) hits90[estimator] += 1
      }
    }
  }
  const percent = (count: number, of: number) => `${((100 * count) / of).toFixed(1)} %`
  return {
    session: sessionHours === 0 ? 'none' : `${sessionHours} h`,
    'clustered by': namesSessions ? 'session' : 'day of an instance',
    'effective clusters': (clusters / intervals).toFixed(0),
    ...Object.fromEntries(
      estimators.map((name) => [
        name,
        `${percent(hits[name], intervals)}, ${percent(hits90[name], intervals)}`,
      ]),
    ),
    'clear without difference': percent(clear, nulls),
  }
}

console.log(`${LOGS} logs a row; how many intervals of 95 % and of 90 % contain the truth`)
for (const namesSessions of [true, false]) {
  for (const sessionHours of [0, 1, 4, 12, 24]) {
    console.log(JSON.stringify(await measure({ sessionHours, namesSessions })))
  }
}
