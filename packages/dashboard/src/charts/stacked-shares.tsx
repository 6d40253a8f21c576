import { formatShare } from '../format/numbers.ts'
import { sharesOf } from './buckets.ts'
import { columnsPath } from './paths.ts'
import { linearScale } from './scale.ts'
import { SeriesMark, seriesColor } from './series-color.tsx'
import { TimeFrame, type TimeMark, type TimeSpan } from './time-frame.tsx'

export interface Layer {
  readonly name: string
  readonly counts: readonly number[]
}

/** How calls are shared out over time: the layers of each bucket add up to all of it, in the order of the legend. */
export function StackedShares({
  span,
  layers,
  marks,
}: {
  readonly span: TimeSpan
  readonly layers: readonly Layer[]
  readonly marks: readonly TimeMark[]
}) {
  const y = linearScale([0, 1], { flipped: true })
  const shares = sharesOf(layers.map(({ counts }) => counts))
  let below = Array.from({ length: span.buckets }, () => 0)
  const bands = shares.map((list) => {
    const from = below
    below = list.map((share, at) => share + (from[at] ?? 0))
    return columnsPath(from.map(y), below.map(y))
  })
  return (
    <>
      <ul className="flex flex-wrap gap-x-4 px-4 pb-2 pl-15 text-xs text-muted">
        {layers.map(({ name }, at) => (
          <li key={name} className="max-w-60 truncate">
            <SeriesMark at={at} />
            <bdi>{name}</bdi>
          </li>
        ))}
      </ul>
      <TimeFrame
        span={span}
        y={y}
        format={(value) => formatShare(value)}
        marks={marks}
        readings={(bucket) =>
          layers.map(({ name, counts }, at) => ({
            name,
            text: `${formatShare(shares[at]?.[bucket] ?? 0)} · ${counts[bucket] ?? 0}`,
            mark: <SeriesMark at={at} />,
          }))
        }
      >
        {bands.map((path, at) => (
          <path key={layers[at]?.name} d={path} fill={seriesColor(at)} />
        ))}
      </TimeFrame>
    </>
  )
}
