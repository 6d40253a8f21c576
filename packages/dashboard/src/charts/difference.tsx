import { linearScale, type Scale } from './scale.ts'

export interface Difference {
  readonly low: number
  readonly mean: number
  readonly high: number
}

/** Room for differences on both sides of none. */
export function differenceScale(differences: readonly Difference[]): Scale {
  const reach = Math.max(
    0.01,
    ...differences.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]),
  )
  return linearScale([-reach, reach], { ticks: 5, nice: true })
}

/** A difference with its 95 % interval, beside the line of no difference. Filled where it is clear. */
export function DifferenceBar({
  difference: { low, mean, high },
  scale,
  isClear,
}: {
  readonly difference: Difference
  readonly scale: Scale
  readonly isClear: boolean
}) {
  const x = (value: number) => `${scale(value)}%`
  return (
    <svg className="block h-7 w-full overflow-visible" aria-hidden="true">
      <line x1={x(0)} x2={x(0)} y1="-20%" y2="120%" className="stroke-strong-line" />
      <line
        x1={x(low)}
        x2={x(high)}
        y1="50%"
        y2="50%"
        className={isClear ? 'stroke-accent' : 'stroke-faint'}
        strokeWidth="1.5"
      />
      <circle
        cx={x(mean)}
        cy="50%"
        r="4"
        strokeWidth="1.5"
        className={isClear ? 'fill-accent stroke-surface' : 'fill-surface stroke-faint'}
      />
    </svg>
  )
}

export function DifferenceAxis({
  scale,
  format,
}: {
  readonly scale: Scale
  readonly format: (value: number) => string
}) {
  return (
    <div className="relative h-4 text-xs font-normal text-faint">
      <span className="sr-only">Difference with its interval</span>
      {scale.ticks.map((tick, at) => (
        <span
          key={tick}
          aria-hidden="true"
          className={`absolute -translate-x-1/2 ${at % 2 === 1 ? 'max-sm:hidden' : ''}`}
          style={{ left: `${scale(tick)}%` }}
        >
          {format(tick)}
        </span>
      ))}
    </div>
  )
}
