import type { PipelineSeriesBody, StatusBody } from '@winrate/shared-schema/http'
import { useDeadLetters, usePipelineSeries, useStatus } from '../../api/queries.ts'
import { emptyStart } from '../../charts/buckets.ts'
import { type Line, LineChart } from '../../charts/line-chart.tsx'
import { linearScale } from '../../charts/scale.ts'
import type { TimeSpan } from '../../charts/time-frame.tsx'
import { formatCount, formatMs, formatSeconds, formatShort } from '../../format/numbers.ts'
import { formatAgo } from '../../format/times.ts'
import { Facts } from '../../parts/facts.tsx'
import { FigureFrame } from '../../parts/figure-frame.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { Answer } from '../../parts/states.tsx'
import { TimeChoice, useHours } from '../../parts/time-choice.tsx'
import { useNow } from '../../shell/live-state.tsx'
import { DeadLetters } from './dead-letters.tsx'

/** Do outcomes arrive, how soon, and what became of those that could not be stored? */
export function PipelinePage() {
  const status = useStatus()
  const series = usePipelineSeries(useHours())
  const deadLetters = useDeadLetters()
  return (
    <>
      <PageHead title="Pipeline" actions={<TimeChoice />}>
        Whether outcomes arrive, how soon they count, and what could not be stored.
      </PageHead>
      <div className="grid gap-4">
        <Answer query={status}>{(body) => <Now status={body} />}</Answer>
        <Answer query={series}>{(body) => <Charts body={body} status={status.data} />}</Answer>
        <Answer query={deadLetters}>{(body) => <DeadLetters body={body} />}</Answer>
      </div>
    </>
  )
}

function Now({
  status: { queue, tick, aggregationIntervalMs, deadLetters },
}: {
  readonly status: StatusBody
}) {
  const now = useNow()
  return (
    <section aria-label="Now" className="card px-4 py-3">
      <Facts
        facts={[
          ['Messages in the queue', formatCount(queue.depth)],
          ['The oldest waits for', formatSeconds(queue.lagSeconds ?? 0)],
          [
            'Last tick',
            tick.lastAt === null
              ? 'none yet'
              : `${formatAgo(tick.lastAt, now)}, one every ${formatSeconds(aggregationIntervalMs / 1_000)}`,
          ],
          ['Ticked by', tick.tickedBy ?? '–'],
          ['Failed ticks in a row', formatCount(tick.failures)],
          ['Dead letters', formatCount(deadLetters)],
        ]}
      />
      {tick.failure !== null && (
        <p className="mt-2 text-bad wrap-anywhere">
          <bdi>{tick.failure}</bdi>
        </p>
      )}
    </section>
  )
}

function Charts({
  body,
  status,
}: {
  readonly body: PipelineSeriesBody
  readonly status: StatusBody | undefined
}) {
  const start = emptyStart([body.ingested, body.tickMs])
  const span: TimeSpan = {
    fromMs: Date.parse(body.from) + start * body.bucketSeconds * 1_000,
    bucketMs: body.bucketSeconds * 1_000,
    buckets: body.buckets - start,
  }
  const of = (values: readonly (number | null)[]) => values.slice(start)
  const each = formatSeconds(body.bucketSeconds)
  const interval =
    status === undefined
      ? ''
      : ` One is due every ${formatSeconds(status.aggregationIntervalMs / 1_000)}.`
  return (
    <div className="grid gap-4 xl:grid-cols-2">
      <SeriesFigure
        title="Outcomes"
        note={`Stored, repeated and rejected, per ${each}.`}
        span={span}
        format={formatShort}
        lines={[
          { name: 'stored', values: of(body.ingested) },
          { name: 'duplicates', values: of(body.duplicates) },
          { name: 'rejected', values: of(body.rejected) },
        ]}
      />
      <SeriesFigure
        title="Lag"
        note="Age of the oldest message in the queue, the greatest that a replica saw."
        span={span}
        format={formatSeconds}
        lines={[{ name: 'lag', values: of(body.lagSeconds) }]}
      />
      <SeriesFigure
        title="Depth"
        note="Messages in the queue, the most that a replica saw."
        span={span}
        format={formatShort}
        lines={[{ name: 'messages', values: of(body.depth) }]}
      />
      <SeriesFigure
        title="Ticks"
        note={`How long the longest took.${interval}`}
        span={span}
        format={formatMs}
        lines={[{ name: 'tick', values: of(body.tickMs) }]}
      />
    </div>
  )
}

function SeriesFigure({
  title,
  note,
  span,
  lines,
  format,
}: {
  readonly title: string
  readonly note: string
  readonly span: TimeSpan
  readonly lines: readonly Line[]
  readonly format: (value: number) => string
}) {
  const known = lines.flatMap(({ values }) => values).filter((value) => value !== null)
  const y = linearScale([0, Math.max(1e-3, ...known)], { ticks: 4, flipped: true, nice: true })
  return (
    <FigureFrame
      title={title}
      note={note}
      numbers={{
        columns: ['time', ...lines.map(({ name }) => name)],
        rows: Array.from({ length: span.buckets }, (_, at) => [
          new Date(span.fromMs + at * span.bucketMs).toISOString(),
          ...lines.map(({ values }) => values[at] ?? null),
        ]),
      }}
    >
      <LineChart
        span={span}
        lines={lines}
        y={y}
        format={format}
        height="h-36"
        missing="not known"
      />
    </FigureFrame>
  )
}
