// Tables of the schema `winrate`, for migrations and simple reads.
export { instanceSessions } from './instance-sessions.ts'
export { outcomeCorrections } from './outcome-corrections.ts'
export { outcomeRollups } from './outcome-rollups.ts'
export { rejectedOutcomes } from './rejected-outcomes.ts'
export { snapshotHead, snapshots } from './snapshots.ts'
export { taskMetrics, taskMetricsHistory } from './task-metrics.ts'
export { taskPreferences } from './task-preferences.ts'
export { winrateSchema } from './winrate-schema.ts'
