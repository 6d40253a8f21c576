// The baselines that the demo compares with, for the benchmarks.
export { firstChoice } from '../baselines/first-choice.ts'
export { bestModelsInTurn, bestSingleModel } from '../baselines/hindsight.ts'
export { modelKey } from '../baselines/preference-order.ts'
