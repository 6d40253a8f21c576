// For tests of code that uses the router, and for authors of snapshot sources.
export { Pacer } from '../budget/pacer.ts'
export {
  type ConformanceCase,
  type ConformanceInput,
  type SourceUnderTest,
  snapshotSourceConformance,
} from '../snapshots/sources/snapshot-source.conformance.ts'
export {
  type CandidateInNumbers,
  createExplainer,
  type ExplainedExpectation,
  type ExplainedRequest,
  type Explainer,
  explainRequest,
  type HowAsked,
  type OutlinedRequest,
  type ScoreParts,
} from './explain-request.ts'
export { type ManualClock, manualClock } from './manual-clock.ts'
export {
  type PublishedPosterior,
  type ReadPosteriorsOptions,
  readPosteriors,
} from './read-posteriors.ts'
export { type RecordingSink, recordingSink } from './recording-sink.ts'
export {
  type SnapshotFields,
  type SnapshotRow,
  snapshotFromTable,
  snapshotTextFromTable,
} from './snapshot-from-table.ts'
export { type StaticSource, staticSource } from './static-source.ts'
