// A row of a forest plot: what is expected of one candidate and how sure that is. All rows share one scale.
import type { ExplainedCandidate } from '@winrate/shared-schema/http'
import { formatShare } from '../format/numbers.ts'
import type { Scale } from './scale.ts'

export function Interval({
  candidate: { posterior, prior },
  scale,
  line,
}: {
  readonly candidate: Pick<ExplainedCandidate, 'posterior' | 'prior'>
  readonly scale: Scale
  /** Where a line through all rows is, such as the leader's mean. */
  readonly line?: number | undefined
}) {
  const x = (value: number) => `${scale(value)}%`
  return (
    <svg className="block h-8 w-full overflow-visible" aria-hidden="true">
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
      {posterior !== null && (
        <>
          <line
            x1={x(posterior.low95)}
            x2={x(posterior.high95)}
            y1="50%"
            y2="50%"
            className="stroke-accent"
            strokeWidth="1.5"
          />
          <line
            x1={x(posterior.low50)}
            x2={x(posterior.high50)}
            y1="50%"
            y2="50%"
            className="stroke-interval"
            strokeWidth="8"
            strokeLinecap="butt"
          />
        </>
      )}
      {prior !== null && (
        <circle
          cx={x(prior.mean)}
          cy="50%"
          r="4"
          className="fill-surface stroke-faint"
          strokeWidth="1.5"
        />
      )}
      {posterior !== null && (
        <circle
          cx={x(posterior.mean)}
          cy="50%"
          r="4"
          className="fill-accent stroke-surface"
          strokeWidth="1.5"
        />
      )}
    </svg>
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
