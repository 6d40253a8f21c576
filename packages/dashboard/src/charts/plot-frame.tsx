import type { ReactNode } from 'react'
import type { Scale } from './scale.ts'

/** The axes of a plot of points. Children are placed in per cent of it. */
export function PlotFrame({
  x,
  y,
  formatX,
  formatY,
  children,
}: {
  readonly x: Scale
  readonly y: Scale
  readonly formatX: (value: number) => string
  readonly formatY: (value: number) => string
  readonly children: ReactNode
}) {
  return (
    <div className="px-4 pb-3">
      <div className="flex">
        <div className="relative h-64 w-14 shrink-0 text-xs text-faint" aria-hidden="true">
          {y.ticks.map((tick) => (
            <span
              key={tick}
              className="absolute right-2 -translate-y-1/2 whitespace-nowrap"
              style={{ top: `${y(tick)}%` }}
            >
              {formatY(tick)}
            </span>
          ))}
        </div>
        <div className="relative h-64 min-w-0 grow overflow-x-clip">
          <svg className="absolute inset-0 size-full" aria-hidden="true">
            {y.ticks.map((tick) => (
              <line
                key={tick}
                x1="0"
                x2="100%"
                y1={`${y(tick)}%`}
                y2={`${y(tick)}%`}
                className="stroke-line"
              />
            ))}
          </svg>
          {children}
        </div>
      </div>
      <div className="relative mt-1 ml-14 h-4 text-xs text-faint" aria-hidden="true">
        {x.ticks.map((tick, at) => (
          <span
            key={tick}
            className={`absolute -translate-x-1/2 ${at % 2 === 1 ? 'max-sm:hidden' : ''}`}
            style={{ left: `${x(tick)}%` }}
          >
            {formatX(tick)}
          </span>
        ))}
      </div>
    </div>
  )
}

/** The name of a point, on the side of it where there is room. */
export function PointName({
  left,
  top,
  title,
  isFaint = false,
  children,
}: {
  readonly left: number
  readonly top: number
  readonly title?: string
  readonly isFaint?: boolean
  readonly children: ReactNode
}) {
  return (
    <span
      {...(title !== undefined && { title })}
      className={`absolute max-w-44 -translate-y-[90%] truncate py-1 text-xs ${left > 70 ? '-translate-x-full pr-1.5' : 'pl-1.5'} ${isFaint ? 'opacity-0 hover:opacity-100' : ''}`}
      style={{ left: `${left}%`, top: `${top}%` }}
    >
      {children}
    </span>
  )
}
