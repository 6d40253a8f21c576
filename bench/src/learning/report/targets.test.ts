import { expect, test } from 'vitest'
import type { ReplayPolicy } from '../policies.ts'
import type { ReplayFigures } from '../replay/summarise-replays.ts'
import type { SimulationFigures } from '../simulation/summarise-runs.ts'
import { judgeTargets } from './targets.ts'

function simulated(regretPoints: number, more: Partial<SimulationFigures> = {}) {
  const ci = [regretPoints, regretPoints] as const
  const learned = { quarantinedHonestShare: null, falseBreaksPerCellWeek: null, coverage90: null }
  const figures = { runs: 50, regretPoints, ci, bestShare: 0.9, success: 0.7 }
  return { winrate: { ...figures, ...learned, ...more } }
}

function replayed(policy: ReplayPolicy, success: number, costUsd: number | null): ReplayFigures {
  const never = { 500: null, 2000: null, 10000: null }
  return {
    ...{ worstTenth: success, successAt: never, worstTenthAt: never },
    ...{ file: 'f', task: 'all', policy, runs: 1, decisions: 10, success, ci: [success, success] },
    ...{ successLastQuarter: success, costUsd, costKnownShare: 1, regretPoints: 0, bestShare: 1 },
  }
}

const reached = (targets: ReturnType<typeof judgeTargets>) =>
  Object.fromEntries(targets.map((target) => [target.name, target.reached]))

test('A target is reached at its limit and missed beyond it', () => {
  expect(reached(judgeTargets({ stationary: simulated(0.3) }, []))).toEqual({
    'stationary: regret': true,
    'stationary: best share': true,
  })
  const missed = simulated(0.301, { bestShare: 0.899 })
  expect(reached(judgeTargets({ stationary: missed }, []))).toEqual({
    'stationary: regret': false,
    'stationary: best share': false,
  })
})

test('In each scenario honest instances count, and no break is found where there is none', () => {
  const judge = (quarantinedHonestShare: number, falseBreaksPerCellWeek: number) =>
    reached(
      judgeTargets(
        { night: simulated(0.6, { quarantinedHonestShare, falseBreaksPerCellWeek }) },
        [],
      ),
    )
  const [regret, left] = ['night: regret', 'night: honest instances left out']
  expect(judge(0.0099, 0.05)).toEqual({ [regret]: true, [left]: true, 'night: false breaks': true })
  expect(judge(0.01, 0.051)).toEqual({
    ...{ [regret]: true, [left]: false },
    'night: false breaks': false,
  })
})

test('Intervals must cover neither less nor more than they say', () => {
  const judge = (coverage90: number) =>
    judgeTargets({ night: simulated(0, { coverage90 }) }, []).at(-1)
  expect(judge(0.88)).toMatchObject({ name: 'night: coverage', reached: true, limit: 0.88 })
  expect(judge(0.92)?.reached).toBe(true)
  expect(judge(0.87)).toMatchObject({ reached: false, limit: 0.88 })
  expect(judge(0.95)).toMatchObject({ reached: false, limit: 0.92 })
})

test('Winrate must not be behind litellm at any size', () => {
  const at = (policy: ReplayPolicy, early: number, success: number) => ({
    ...replayed(policy, success, null),
    ...{ decisions: 2_000, successAt: { 500: early, 2000: success, 10000: null } },
  })
  const judge = (early: number, success: number) =>
    judgeTargets({}, [
      replayed('best-single', 0, null),
      at('litellm', 0.6, 0.7),
      at('winrate', early, success),
    ]).filter(({ name }) => name.includes('litellm'))
  expect(reached(judge(0.6, 0.7))).toEqual({
    'f: ahead of litellm after 500': true,
    'f: ahead of litellm after 2000': true,
  })
  expect(judge(0.59, 0.69).map((target) => target.reached)).toEqual([false, false])
})

test('The cost of poison is measured against the stationary run', () => {
  const cost = (poisoned: number) =>
    judgeTargets({ stationary: simulated(0.4), poisoned: simulated(poisoned) }, []).at(-1)
  expect(cost(0.59)).toMatchObject({ reached: true, limit: 0.2 })
  expect(cost(0.61)).toMatchObject({ reached: false })
  expect(judgeTargets({ poisoned: simulated(0.4) }, [])).toEqual([])
})

test('A new model that is not adopted in every run misses its target', () => {
  const adopted = (adoptedShare: number, exposuresToAdopt: number) =>
    judgeTargets({ 'new-model': simulated(0, { adoptedShare, exposuresToAdopt }) }, [])[0]?.reached
  expect(adopted(1, 99)).toBe(true)
  expect(adopted(1, 100)).toBe(false)
  expect(adopted(0.98, 20)).toBe(false)
})

test('A lower cost counts only at equal success', () => {
  const judge = (success: number, costUsd: number) =>
    reached(
      judgeTargets({}, [replayed('best-single', 0.7, 1), replayed('winrate', success, costUsd)]),
    )
  const success = 'f: success against the best single model'
  const saved = 'f: saved by winrate'
  expect(judge(0.695, 0.6)).toEqual({ [success]: true, [saved]: true })
  expect(judge(0.695, 0.8)).toEqual({ [success]: true, [saved]: false })
  expect(judge(0.6, 0.1)).toEqual({ [success]: false, [saved]: false })
})

test('Without a known cost there is no saving target', () => {
  const rows = [replayed('best-single', 0.7, null), replayed('winrate', 0.7, null)]
  expect(judgeTargets({}, rows)).toHaveLength(1)
})
