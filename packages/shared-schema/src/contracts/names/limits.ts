// The bounds that the client clips to and ingest enforces. Text is measured in code points. The SQL in
// drizzle/functions/judge repeats those of outcomes; test/ingest/outcome-rules.test.ts holds both together.
export const limits = {
  modelNameChars: 200,
  providerChars: 100,
  thinkingLevelChars: 40,
  instanceIdChars: 200,
  decisionIdChars: 100,
  failureChars: 40,
  promptChars: 65_536,
  feedbackChars: 16_384,
  referenceChars: 2_048,
  verdictReasonChars: 1_000,
  fleetNameChars: 100,
  responseTimeMs: 86_400_000,
  costUsd: 1_000_000,
  afterChars: 2_000,
  wouldChooseChars: 600,
  tokens: 100_000_000,
  outcomesPerBatch: 10_000,
  decidedPerBatch: 100,
  batchBytes: 4_194_304,
} as const
