// What charts over time share: the axis of time, marks of events, and a line under the pointer with the values there.
import { type PointerEvent, type ReactNode, useState } from 'react'
import { formatMoment, formatTick } from '../format/times.ts'
import type { Scale } from './scale.ts'

export interface TimeSpan {
  readonly fromMs: number
  readonly bucketMs: number
  readonly buckets: number
}

export interface TimeMark {
  readonly id: number
  readonly atMs: number
  readonly label: string
  readonly message: string
}

export function TimeFrame({
  span,
  y,
  format,
  marks = [],
  height = 'h-48',
  readings,
  children,
}: {
  readonly span: TimeSpan
  readonly y: Scale
  readonly format: (value: number) => string
  readonly marks?: readonly TimeMark[]
  readonly height?: string
  /** What the bucket at a place tells, a line each. */
  readonly readings: (bucket: number) => readonly { name: string; text: string; mark?: ReactNode }[]
  /** SVG in a box of 100 by 100. */
  readonly children: ReactNode
}) {
  const [bucket, setBucket] = useState<number>()
  const point = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    const at = Math.floor(((event.clientX - left) / width) * span.buckets)
    setBucket(Math.min(span.buckets - 1, Math.max(0, at)))
  }
  const lengthMs = span.buckets * span.bucketMs
  const place = (ms: number) => ((ms - span.fromMs) / lengthMs) * 100
  const shownMarks = marks.filter(
    ({ atMs }) => atMs >= span.fromMs && atMs <= span.fromMs + lengthMs,
  )
  return (
    <div className="px-4 pb-3">
      <div className="flex">
        <div className={`relative w-11 shrink-0 text-xs text-faint ${height}`} aria-hidden="true">
          {y.ticks.map((tick) => (
            <span
              key={tick}
              className="absolute right-2 -translate-y-1/2 whitespace-nowrap"
              style={{ top: `${y(tick)}%` }}
            >
              {format(tick)}
            </span>
          ))}
        </div>
        <div
          className={`relative min-w-0 grow ${height}`}
          onPointerMove={point}
          onPointerDown={point}
          onPointerLeave={() => setBucket(undefined)}
        >
          <svg
            className="absolute inset-0 size-full"
            viewBox="0 0 100 100"
            preserveAspectRatio="none"
            aria-hidden="true"
          >
            {y.ticks.map((tick) => (
              <line
                key={tick}
                x1="0"
                x2="100"
                y1={y(tick)}
                y2={y(tick)}
                className="stroke-line"
                vectorEffect="non-scaling-stroke"
              />
            ))}
            {children}
            {shownMarks.map(({ id, atMs }) => (
              <line
                key={id}
                x1={place(atMs)}
                x2={place(atMs)}
                y1="0"
                y2="100"
                className="stroke-ink"
                strokeDasharray="2 3"
                strokeOpacity="0.55"
                vectorEffect="non-scaling-stroke"
              />
            ))}
            {bucket !== undefined && (
              <line
                x1={((bucket + 0.5) / span.buckets) * 100}
                x2={((bucket + 0.5) / span.buckets) * 100}
                y1="0"
                y2="100"
                className="stroke-faint"
                vectorEffect="non-scaling-stroke"
              />
            )}
          </svg>
          {shownMarks.map(({ id, atMs, label, message }, at) => (
            <span
              key={id}
              className="absolute max-w-24 -translate-x-1/2 truncate rounded-sm border border-line bg-surface px-1 text-[0.625rem] leading-4 text-muted"
              style={{
                left: `${Math.min(94, Math.max(6, place(atMs)))}%`,
                top: `${(at % 3) * 18 - 6}px`,
              }}
              title={`${formatMoment(atMs)}: ${message}`}
            >
              {label}
            </span>
          ))}
          {bucket !== undefined && <Reading at={bucket} span={span} lines={readings(bucket)} />}
        </div>
      </div>
      <TimeAxis span={span} />
    </div>
  )
}

function Reading({
  at,
  span,
  lines,
}: {
  readonly at: number
  readonly span: TimeSpan
  readonly lines: readonly { name: string; text: string; mark?: ReactNode }[]
}) {
  const isLeft = at < span.buckets / 2
  return (
    <div
      className="card pointer-events-none absolute top-1 z-10 max-w-64 px-2.5 py-1.5 text-xs shadow-md"
      style={
        isLeft
          ? { left: `calc(${((at + 1) / span.buckets) * 100}% + 8px)` }
          : { right: `calc(${(1 - at / span.buckets) * 100}% + 8px)` }
      }
    >
      <p className="text-faint">{formatMoment(span.fromMs + at * span.bucketMs)}</p>
      <table>
        <tbody>
          {lines.map(({ name, text, mark }) => (
            <tr key={name}>
              <td className="max-w-40 truncate pr-3">
                {mark}
                <bdi>{name}</bdi>
              </td>
              <td className="text-right whitespace-nowrap">{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const MARKS = 5

function TimeAxis({ span }: { readonly span: TimeSpan }) {
  const lengthMs = span.buckets * span.bucketMs
  return (
    <div className="relative mt-1 ml-11 h-4 text-xs text-faint" aria-hidden="true">
      {Array.from({ length: MARKS }, (_, at) => {
        const share = at / (MARKS - 1)
        const shift = at === 0 ? '' : at === MARKS - 1 ? '-translate-x-full' : '-translate-x-1/2'
        const hidden = at % 2 === 1 ? 'max-sm:hidden' : ''
        return (
          <span
            key={share}
            className={`absolute whitespace-nowrap ${shift} ${hidden}`}
            style={{ left: `${share * 100}%` }}
          >
            {formatTick(span.fromMs + share * lengthMs, lengthMs / 1_000)}
          </span>
        )
      })}
    </div>
  )
}
