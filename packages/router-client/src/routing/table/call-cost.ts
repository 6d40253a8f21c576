import { type Snapshot, type TaskTokens, taskNames } from '@winrate/shared-schema/contracts'
import { CallCosts, type LearnedTable, type ModelCatalogue } from '@winrate/shared-schema/scoring'
import type { Steps } from '@winrate/shared-schema/steps'
import { ENTRIES_PER_STEP } from './cell-groups.ts'

/** What calls cost by a snapshot: its cells, the tokens that it tells, and the prices of its models. */
export function* readCallCosts(
  cells: LearnedTable,
  snapshot: Pick<Snapshot, 'models' | 'tasks' | 'paths' | 'tokens'> | undefined,
  resolve: ModelCatalogue['resolve'],
): Steps<CallCosts> {
  const costs = new CallCosts(cells, yield* readTokens(snapshot))
  for (const { name, provider } of snapshot?.models ?? []) {
    costs.addModel(resolve(name, provider))
    yield
  }
  return costs
}

function* readTokens(
  snapshot: Pick<Snapshot, 'tasks' | 'paths' | 'tokens'> | undefined,
): Steps<ReadonlyMap<string, TaskTokens>> {
  const read = new Map<string, TaskTokens>()
  if (snapshot?.tokens === undefined) return read
  const { task: tasks, input, cacheRead, output } = snapshot.tokens
  const names = taskNames(snapshot)
  for (const [at, task] of tasks.entries()) {
    const tokens = { input: input[at] ?? 0, cacheRead: cacheRead[at] ?? 0, output: output[at] ?? 0 }
    read.set(names[task] ?? '', tokens)
    if (at % ENTRIES_PER_STEP === 0) yield
  }
  return read
}
