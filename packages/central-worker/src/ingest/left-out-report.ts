import type { Logger } from 'pino'
import type { IngestResult } from './ingest-messages.ts'

const PAUSE_MS = 60_000

/**
 * Logs which fields of outcomes could not be read, with an example: at once, then at most once a minute for each
 * field, with the count since.
 */
export function createLeftOutReport(logger: Logger, nowMs: () => number = () => performance.now()) {
  const reports = new Map<string, { reportedAtMs: number; outcomes: number }>()
  return (leftOut: IngestResult['leftOut']): void => {
    for (const [field, { outcomes, instance, value }] of Object.entries(leftOut)) {
      const report = reports.get(field) ?? { reportedAtMs: Number.NEGATIVE_INFINITY, outcomes: 0 }
      reports.set(field, report)
      report.outcomes += outcomes
      if (nowMs() - report.reportedAtMs < PAUSE_MS) continue
      logger.warn({ field, outcomes: report.outcomes, instance, value }, 'outcome-fields-left-out')
      report.reportedAtMs = nowMs()
      report.outcomes = 0
    }
  }
}
