// For benchmarks and tests of this repository: from outcomes to a snapshot, without a database.

export { studentOf } from '../analysis/contrast/contrast.ts'
export { studentQuantile } from '../analysis/evaluation/estimate/student-quantile.ts'
export { evaluatePolicies } from '../analysis/evaluation/evaluate-policies.ts'
export { alwaysModel } from '../analysis/evaluation/policy/target-policy.ts'
export { makeSessionLog, meanSuccess } from '../analysis/evaluation/testing/session-log.ts'
export { sumLog } from '../analysis/evaluation/testing/synthetic-log.ts'
export { type EvaluatedDay, evaluateDays } from '../analysis/savings/evaluate-savings.ts'
export { totalCost } from '../analysis/savings/sum-costs.ts'
export { madeFleets, simulateDays } from '../analysis/savings/testing/simulate-days.ts'
export { type ArrivedCalls, judgeAvailability } from '../availability/judge-availability.ts'
export {
  type BudgetSetting,
  type Pacing,
  paceFleet,
  type Spending,
} from '../budget/pace-fleet.ts'
export { expectCallsLeft } from '../budget/read-spending.ts'
export type { Findings } from '../cells/cell-results.ts'
export type { Circumstances } from '../cells/circumstances.ts'
export { findComparedFrom, findUntimed, type ReportingDelay } from '../cells/reporting-delays.ts'
export type { ArmComparison } from '../experiment/compare-arms.ts'
export { sequenceWidth } from '../experiment/confidence-sequence.ts'
export {
  type MadeExperiment,
  type Measure,
  madeExperiments,
  measures,
  simulateExperiment,
} from '../experiment/testing/simulate-experiment.ts'
export { cellsWith, makeImported, sumImported } from '../imports/imported-evidence.ts'
export { type DecidedBlock, findMissing } from '../missing/find-missing.ts'
export { type LeftOut, leftOutByCell } from '../quarantine/judge-instances.ts'
export { buildSnapshot } from '../snapshots/build-snapshot.ts'
export { type ContextSum, decideSplits, type TaskSplit } from '../splits/decide-splits.ts'
export { earlierOutcomes } from '../splits/earlier-outcomes.ts'
export { SUM_NAMES } from '../window/outcome-sums.ts'
export type { CellHour } from '../window/read-rollups.ts'
export { windowShape } from '../window/window-spans.ts'
export { createFollowedWindow } from './followed-window.ts'
