import type { MetricsBody } from '@winrate/shared-schema/http'
import { formatCount, formatPoints, formatShare, formatUsd } from '../../format/numbers.ts'

/** What trying again after a failed check achieves here. */
export function LaterAttemptsNote({
  taskType,
  metrics,
}: {
  readonly taskType: string
  readonly metrics: MetricsBody | undefined
}) {
  const found = metrics?.laterAttempts?.find((one) => one.taskType === taskType)
  if (found === undefined) return null
  return (
    <section aria-label="Later attempts" className="card px-4 py-3">
      <h2 className="font-semibold">Attempts after a failed check</h2>
      <p className="mt-1 max-w-3xl text-muted">
        {formatCount(found.escalated)} of {formatCount(found.decisions)} decisions tried another
        model, {formatCount(found.rescued)} succeeded by that: the win rate is{' '}
        {formatShare(found.winRate, 1)} instead of {formatShare(found.firstWinRate, 1)}, at{' '}
        {formatUsd(found.costUsd)} a decision.
        {found.single !== null && found.winRateDifference !== null && (
          <>
            {' '}
            Against only <bdi>{found.single.modelName}</bdi>:{' '}
            {formatPoints(found.winRateDifference)}.
          </>
        )}
      </p>
    </section>
  )
}
