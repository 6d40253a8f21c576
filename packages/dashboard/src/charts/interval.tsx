// A row of a forest plot: what is expected of one candidate and how sure that is. All rows share one scale.
import type { Density, ExplainedCandidate } from '@winrate/shared-schema/http'
import { formatShare } from '../format/numbers.ts'
import { bandPath } from './paths.ts'
import type { Scale } from './scale.ts'

export function Interval({
  candidate: { posterior, prior },
  scale,
  line,
  density,
}: {
  readonly candidate: Pick<ExplainedCandidate, 'posterior' | 'prior'>
  readonly scale: Scale
  /** Where a line through all rows is, such as the leader's mean. */
  readonly line?: number | undefined
  /** How the posterior is distributed, above its interval; `highest` is the greatest density of all rows. */
  readonly density?: { readonly of: Density; readonly highest: number } | undefined
}) {
  const x = (value: number) => `${scale(value)}%`
  const [height, y] = density === undefined ? ['h-8', '50%'] : ['h-18', '82%']
  return (
    <svg className={`block ${height} w-full overflow-visible`} aria-hidden="true">
      {scale.ticks.map((tick) => (
        <line key={tick} x1={x(tick)} x2={x(tick)} y1="-20%" y2="120%" className="stroke-line" />
      ))}
      {line !== undefined && (
        <line
          x1={x(line)}
          x2={x(line)}
          y1="-20%"
          y2="120%"
          className="stroke-accent"
          strokeDasharray="3 3"
          strokeOpacity="0.55"
        />
      )}
      {density !== undefined && (
        <svg
          width="100%"
          height="66%"
          viewBox="0 0 100 100"
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          <path
            d={densityPath(density.of, density.highest, scale)}
            className="fill-interval stroke-accent"
            fillOpacity="0.45"
            strokeWidth="1"
            vectorEffect="non-scaling-stroke"
          />
        </svg>
      )}
      {posterior !== null && (
        <>
          <line
            x1={x(posterior.low95)}
            x2={x(posterior.high95)}
            y1={y}
            y2={y}
            className="stroke-accent"
            strokeWidth="1.5"
          />
          <line
            x1={x(posterior.low50)}
            x2={x(posterior.high50)}
            y1={y}
            y2={y}
            className="stroke-interval"
            strokeWidth="8"
            strokeLinecap="butt"
          />
        </>
      )}
      {prior !== null && (
        <circle
          cx={x(prior.mean)}
          cy={y}
          r="4"
          className="fill-surface stroke-faint"
          strokeWidth="1.5"
        />
      )}
      {posterior !== null && (
        <circle
          cx={x(posterior.mean)}
          cy={y}
          r="4"
          className="fill-accent stroke-surface"
          strokeWidth="1.5"
        />
      )}
    </svg>
  )
}

/** From the axis up through the middle of each step, and back down. */
function densityPath({ from, step, values }: Density, highest: number, scale: Scale): string {
  const heights = [0, ...values, 0]
  return bandPath(
    heights.map((value, at) => {
      const within = Math.min(values.length, Math.max(0, at - 0.5))
      return [scale(from + within * step), 100 - (100 * value) / highest, 100]
    }),
  )
}

export function IntervalAxis({ scale }: { readonly scale: Scale }) {
  return (
    <div className="relative h-4 text-xs font-normal text-faint">
      <span className="sr-only">Interval</span>
      {scale.ticks.map((tick, at) => (
        <span
          key={tick}
          aria-hidden="true"
          className={`absolute -translate-x-1/2 ${at % 2 === 1 ? 'max-sm:hidden' : ''}`}
          style={{ left: `${scale(tick)}%` }}
        >
          {formatShare(tick)}
        </span>
      ))}
    </div>
  )
}

export function IntervalLegend() {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
      <li className="flex items-center gap-1.5">
        <svg width="34" height="10" aria-hidden="true">
          <line x1="0" x2="34" y1="5" y2="5" className="stroke-accent" strokeWidth="1.5" />
          <line x1="9" x2="25" y1="5" y2="5" className="stroke-interval" strokeWidth="8" />
          <circle cx="17" cy="5" r="3.5" className="fill-accent" />
        </svg>
        expected, with its 50 % and 95 % credible interval
      </li>
      <li className="flex items-center gap-1.5">
        <svg width="10" height="10" aria-hidden="true">
          <circle cx="5" cy="5" r="3.5" className="fill-surface stroke-faint" strokeWidth="1.5" />
        </svg>
        before its own evidence
      </li>
    </ul>
  )
}
