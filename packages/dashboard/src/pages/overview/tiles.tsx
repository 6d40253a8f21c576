import type { StandingsBody, StatusBody } from '@winrate/shared-schema/http'
import type { ReactNode } from 'react'
import { useExperiment, usePipelineSeries } from '../../api/queries.ts'
import { LEAST_OUTCOMES } from '../../charts/buckets.ts'
import { Sparkline } from '../../charts/sparkline.tsx'
import {
  counted,
  formatCount,
  formatPoints,
  formatSeconds,
  formatShare,
  formatUsd,
  signed,
} from '../../format/numbers.ts'
import { hashOf } from '../../navigation/location.ts'

export function Tiles({
  standings: { samples, successes, windowDays },
  status,
}: {
  readonly standings: StandingsBody
  readonly status: StatusBody | undefined
}) {
  const { data: pipeline } = usePipelineSeries(24)
  const days = `${windowDays} days`
  return (
    <div className="grid gap-px overflow-hidden rounded-lg border border-line bg-line sm:grid-cols-2 xl:grid-cols-4">
      <Tile
        href={hashOf(['pipeline'])}
        title={`Outcomes, ${days}`}
        value={formatCount(samples)}
        chart={pipeline?.ingested}
      >
        {status === undefined
          ? ''
          : `from ${counted(status.instances, 'instance')}${budgetText(status.budget)}`}
      </Tile>
      <Tile
        title={`Win rate, ${days}`}
        value={samples < LEAST_OUTCOMES ? 'too few' : formatShare(successes / samples, 1)}
        href={hashOf(['task-types'])}
      >
        {`${formatCount(successes)} of ${formatCount(samples)}, over all task types`}
      </Tile>
      <Tile
        href={hashOf(['pipeline'])}
        title="Oldest waiting outcome"
        value={status === undefined ? '–' : formatSeconds(status.queue.lagSeconds ?? 0)}
        chart={pipeline?.lagSeconds}
      >
        {status === undefined ? '' : `${counted(status.queue.depth, 'message')} in the queue`}
      </Tile>
      <Pays savings={status?.savings} />
    </div>
  )
}

/** Empty where no budget holds. */
function budgetText(budget: StatusBody['budget']): string {
  if (budget === null || budget.until !== null || budget.today === null) return ''
  const { per, usd, today, problem } = budget
  const spent = per === 'day' ? today.spentUsd : today.spentUsd / Math.max(1, today.calls)
  const unheld = problem === null ? '' : ', which cannot be held'
  return `; ${formatUsd(spent)} of ${formatUsd(usd)} a ${per}${unheld}`
}

/** What the experiment says where one tells something, else what costs describe. */
function Pays({ savings }: Pick<Partial<StatusBody>, 'savings'>) {
  const { data, isPending } = useExperiment()
  if (isPending) {
    return (
      <Tile href={hashOf(['savings'])} title="Does it pay?" value="…">
        {''}
      </Tile>
    )
  }
  const success = data?.success ?? null
  if (data?.experiment == null || success === null) return <Saved savings={savings} />
  const { costPerCall } = data
  const cost =
    costPerCall === null || costPerCall.holdout === 0
      ? ''
      : `; cost per call ${signed((100 * costPerCall.difference) / costPerCall.holdout, 0)} %`
  return (
    <Tile
      href={hashOf(['savings'])}
      title={`Success beside ${data.experiment.baseline}, by experiment`}
      value={formatPoints(success.difference)}
    >
      {`${signed(success.low * 100, 1)} to ${signed(success.high * 100, 1)}, ${success.clear ? 'clear' : 'not clear yet'}${cost}`}
    </Tile>
  )
}

function Saved({ savings }: Pick<Partial<StatusBody>, 'savings'>) {
  const total = savings?.total ?? null
  if (savings === undefined || total === null) {
    return (
      <Tile href={hashOf(['savings'])} title="Saved" value="–">
        {savings?.problem ?? 'Choose a model to compare with'}
      </Tile>
    )
  }
  const { winRateDifference, winRateDifferenceLow: low, winRateDifferenceHigh: high } = total
  const difference =
    winRateDifference === null || low === null || high === null
      ? 'win rates cannot be compared'
      : `win rate ${formatPoints(winRateDifference)} (${signed(low * 100, 1)} to ${signed(high * 100, 1)})`
  return (
    <Tile
      href={hashOf(['savings'])}
      title={`${total.savedUsd < 0 ? 'Spent beyond' : 'Saved against'} always ${savings.baseline}`}
      value={formatUsd(Math.abs(total.savedUsd))}
    >
      {`${total.savedShare === null ? '' : `${formatShare(Math.abs(total.savedShare))} ${total.savedUsd < 0 ? 'more' : 'less'}, `}${difference}`}
    </Tile>
  )
}

function Tile({
  title,
  value,
  href,
  chart,
  children,
}: {
  readonly title: string
  readonly value: string
  readonly href?: string
  readonly chart?: readonly (number | null)[] | undefined
  readonly children: ReactNode
}) {
  return (
    <a
      {...(href !== undefined && { href })}
      className="flex min-w-0 flex-col bg-surface px-4 pt-3 pb-3 no-underline hover:bg-sunken"
    >
      <span className="truncate text-xs text-muted" title={title}>
        {title}
      </span>
      <span className="mt-0.5 text-2xl leading-8 font-semibold tracking-tight">{value}</span>
      <span className="text-xs text-muted">{children}</span>
      {chart !== undefined && (
        <span className="mt-auto pt-2">
          <Sparkline values={chart} />
        </span>
      )}
    </a>
  )
}
