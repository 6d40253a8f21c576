import type { MetricsSeriesBody } from '@winrate/shared-schema/http'
import { useMetricsSeries } from '../../api/queries.ts'
import { bandsOf, LEAST_OUTCOMES, ratesOf } from '../../charts/buckets.ts'
import { LineChart } from '../../charts/line-chart.tsx'
import { shareScale } from '../../charts/scale.ts'
import { seriesOf } from '../../charts/series.ts'
import { StackedShares } from '../../charts/stacked-shares.tsx'
import type { TimeMark } from '../../charts/time-frame.tsx'
import { modelText } from '../../format/names.ts'
import { formatSeconds, formatShare } from '../../format/numbers.ts'
import { FigureFrame } from '../../parts/figure-frame.tsx'
import { Answer, Empty } from '../../parts/states.tsx'

export function TaskSeries({
  taskType,
  hours,
  marks,
}: {
  readonly taskType: string
  readonly hours: number
  readonly marks: readonly TimeMark[]
}) {
  const series = useMetricsSeries({ taskType }, hours)
  return (
    <Answer query={series}>
      {(body) =>
        body.series.length === 0 ? (
          <div className="card">
            <Empty title="No outcomes in this time">Choose a longer one.</Empty>
          </div>
        ) : (
          <Charts body={body} marks={marks} />
        )
      }
    </Answer>
  )
}

function Charts({
  body,
  marks,
}: {
  readonly body: MetricsSeriesBody
  readonly marks: readonly TimeMark[]
}) {
  const { span, all } = seriesOf(body, modelText)
  const lines = all.map(({ name, ...sums }) => ({
    ...{ name, values: ratesOf(sums), bands: bandsOf(sums) },
  }))
  const told = lines.filter(({ values }) => values.some((value) => value !== null))
  const known = told.flatMap(({ bands }) => bands.flatMap((band) => band ?? []))
  const times = Array.from({ length: span.buckets }, (_, at) =>
    new Date(span.fromMs + at * span.bucketMs).toISOString(),
  )
  const each = formatSeconds(span.bucketMs / 1_000)
  return (
    <div className="grid gap-4 xl:grid-cols-2">
      <FigureFrame
        title="Whom calls went to"
        note={`Share of outcomes with a verdict, per ${each}.`}
        numbers={{
          columns: ['time', ...all.map(({ name }) => name)],
          rows: times.map((time, at) => [time, ...all.map(({ samples }) => samples[at] ?? 0)]),
        }}
      >
        <StackedShares
          span={span}
          layers={all.map(({ name, samples }) => ({ name, counts: samples }))}
          marks={marks}
        />
      </FigureFrame>
      <FigureFrame
        title="Win rate over time"
        note={`Per ${each}, with 95 % intervals; a gap where there are fewer than ${LEAST_OUTCOMES} outcomes.`}
        numbers={{
          columns: [
            'time',
            ...all.flatMap(({ name }) => [`${name}: successes`, `${name}: outcomes`]),
          ],
          rows: times.map((time, at) => [
            time,
            ...all.flatMap(({ samples, successes }) => [successes[at] ?? 0, samples[at] ?? 0]),
          ]),
        }}
      >
        {told.length === 0 ? (
          <Empty title="Too few to tell">
            No {each} has {LEAST_OUTCOMES} outcomes of one model.
          </Empty>
        ) : (
          <LineChart
            span={span}
            lines={lines}
            y={shareScale(known, { ticks: 4, flipped: true })}
            format={(value) => formatShare(value)}
            marks={marks}
          />
        )}
      </FigureFrame>
    </div>
  )
}
