import { useMetricsSeries } from '../api/queries.ts'
import { LineChart } from '../charts/line-chart.tsx'
import { linearScale } from '../charts/scale.ts'
import { seriesOf } from '../charts/series.ts'
import type { NamedModel } from '../format/names.ts'
import { formatSeconds, formatShort } from '../format/numbers.ts'
import { FigureFrame } from '../parts/figure-frame.tsx'
import { Answer, Empty } from '../parts/states.tsx'
import { useHours } from '../parts/time-choice.tsx'

/** How many outcomes a model had over time, of all task types, each thinking level by itself. */
export function ModelTraffic({ provider, modelName }: Omit<NamedModel, 'thinkingLevel'>) {
  const series = useMetricsSeries({ model: modelName }, useHours())
  return (
    <Answer query={series}>
      {(body) => {
        const own = body.series.filter((one) => one.provider === provider)
        if (own.length === 0) {
          return (
            <div className="card">
              <Empty title="No outcomes in this time">Choose a longer one.</Empty>
            </div>
          )
        }
        const { span, all } = seriesOf(
          { ...body, series: own },
          ({ thinkingLevel }) => thinkingLevel ?? (own.length > 1 ? 'no level' : 'outcomes'),
        )
        const most = Math.max(1, ...all.flatMap(({ samples }) => samples))
        const each = formatSeconds(span.bucketMs / 1_000)
        return (
          <FigureFrame
            title="Traffic"
            note={`Outcomes with a verdict, of all task types, per ${each}.`}
            numbers={{
              columns: ['time', ...all.map(({ name }) => name)],
              rows: Array.from({ length: span.buckets }, (_, at) => [
                new Date(span.fromMs + at * span.bucketMs).toISOString(),
                ...all.map(({ samples }) => samples[at] ?? 0),
              ]),
            }}
          >
            <LineChart
              span={span}
              lines={all.map(({ name, samples }) => ({ name, values: samples }))}
              y={linearScale([0, most], { ticks: 4, flipped: true, nice: true })}
              format={formatShort}
              height="h-36"
            />
          </FigureFrame>
        )
      }}
    </Answer>
  )
}
