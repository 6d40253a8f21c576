import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { collectQueries } from '@winrate/demo/data/collect-queries'
import { readOutcomeFile } from '@winrate/demo/data/read-outcome-file'
import { expect, test } from 'vitest'
import { makeOutcomes } from '../../made/make-outcomes.ts'
import { isPlanPolicy, type ReplayPolicy, replayFleet } from '../policies.ts'
import { ownTaskTypes } from './load-replay-sets.ts'
import { replay } from './replay.ts'
import { createReplaySet } from './replay-set.ts'

test('on made outcomes plans succeed as often as the best model alone, for less', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'made-'))
  const file = join(folder, 'made.csv.gz')
  const shape = { dependence: 2.3, correlation: 0.9, seed: 1, models: 6, queries: 200 }
  await writeFile(file, gzipSync(makeOutcomes(shape)))
  const outcomes = await readOutcomeFile(file)
  await rm(folder, { recursive: true })
  const set = createReplaySet('made', collectQueries(outcomes, ownTaskTypes(outcomes)).queries)
  const run = async (policy: ReplayPolicy) => {
    const makeFleet = replayFleet(policy, set)
    const solves = isPlanPolicy(policy)
    const [sums] = await replay({ set, makeFleet, seed: 1, decisions: 200, solves })
    return sums ?? { successes: 0, costUsd: 0 }
  }
  const single = await run('best-single')
  for (const policy of ['best-pair', 'best-triple', 'winrate-plan'] as const) {
    const { successes, costUsd } = await run(policy)
    expect(successes).toBeGreaterThanOrEqual(single.successes)
    expect(costUsd).toBeLessThan(0.6 * single.costUsd)
  }
})
