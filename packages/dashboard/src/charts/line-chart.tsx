import type { Band } from './buckets.ts'
import { bandPath, linePath } from './paths.ts'
import type { Scale } from './scale.ts'
import { SeriesMark, seriesColor, seriesDash } from './series-color.tsx'
import { TimeFrame, type TimeMark, type TimeSpan } from './time-frame.tsx'

export interface Line {
  readonly name: string
  /** One a bucket; null leaves a gap. */
  readonly values: readonly (number | null)[]
  /** Where each may be. */
  readonly bands?: readonly (Band | null)[]
}

/** Values over time. Lines differ in colour and in dashes. */
export function LineChart({
  span,
  lines,
  y,
  format,
  marks,
  height,
  missing = 'too few to tell',
}: {
  readonly span: TimeSpan
  readonly lines: readonly Line[]
  readonly y: Scale
  readonly format: (value: number) => string
  readonly marks?: readonly TimeMark[]
  readonly height?: string
  /** What a gap means. */
  readonly missing?: string
}) {
  const x = (at: number) => ((at + 0.5) / span.buckets) * 100
  return (
    <>
      {lines.length > 1 && (
        <ul className="flex flex-wrap gap-x-4 px-4 pb-2 pl-15 text-xs text-muted">
          {lines.map(({ name }, at) => (
            <li key={name} className="max-w-60 truncate">
              <SeriesMark at={at} dashed />
              <bdi>{name}</bdi>
            </li>
          ))}
        </ul>
      )}
      <TimeFrame
        span={span}
        y={y}
        format={format}
        {...(marks !== undefined && { marks })}
        {...(height !== undefined && { height })}
        readings={(bucket) =>
          lines.map(({ name, values, bands }, at) => {
            const value = values[bucket] ?? null
            const [low, high] = bands?.[bucket] ?? []
            const range =
              low === undefined || high === undefined ? '' : ` (${format(low)} to ${format(high)})`
            return {
              name,
              text: value === null ? missing : `${format(value)}${range}`,
              mark: <SeriesMark at={at} dashed />,
            }
          })
        }
      >
        {lines.map(({ name, bands = [] }, at) => (
          <path
            key={`${name} band`}
            d={bandPath(bands.map((band, bucket) => band && [x(bucket), y(band[0]), y(band[1])]))}
            fill={seriesColor(at)}
            fillOpacity="0.13"
          />
        ))}
        {lines.map(({ name, values }, at) => (
          <path
            key={name}
            d={linePath(
              values.map((value, bucket) => (value === null ? null : [x(bucket), y(value)])),
            )}
            className="fill-none"
            stroke={seriesColor(at)}
            strokeDasharray={seriesDash(at)}
            strokeWidth="1.75"
            strokeLinejoin="round"
            vectorEffect="non-scaling-stroke"
          />
        ))}
      </TimeFrame>
    </>
  )
}
