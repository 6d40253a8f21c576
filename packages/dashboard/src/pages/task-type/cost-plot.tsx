import type { ExplainedCandidate } from '@winrate/shared-schema/http'
import { linearScale, shareScale } from '../../charts/scale.ts'
import { modelKey, modelText } from '../../format/names.ts'
import { formatShare, formatUsd } from '../../format/numbers.ts'
import { FigureFrame } from '../../parts/figure-frame.tsx'
import { paretoOf } from './pareto.ts'

const NAMED = 8

/** Cost beside success: what lies on the line is not beaten in both. */
export function CostPlot({ candidates }: { readonly candidates: readonly ExplainedCandidate[] }) {
  const points = candidates.flatMap((candidate) =>
    candidate.refused === null && candidate.costUsd !== null && candidate.posterior !== null
      ? [{ candidate, cost: candidate.costUsd, reward: candidate.posterior }]
      : [],
  )
  if (points.length < 2) return null
  const x = linearScale([0, Math.max(...points.map(({ cost }) => cost)) * 1.05], { ticks: 5 })
  const rewards = shareScale(
    points.flatMap(({ reward }) => [reward.low95, reward.high95]),
    4,
  )
  const y = (value: number) => 100 - rewards(value)
  const front = paretoOf(points.map(({ cost, reward }) => ({ cost, reward: reward.mean })))
  const onFront = new Set(front)
  const steps = front.map((at) => points[at]).filter((point) => point !== undefined)
  return (
    <FigureFrame
      title="Cost and success"
      note="Expected reward with its 95 % interval against the typical cost of a call. No model is both better and cheaper than one on the line."
      numbers={{
        columns: ['model', 'cost in USD', 'mean', 'low 95 %', 'high 95 %', 'on the line'],
        rows: points.map(({ candidate, cost, reward }, at) => [
          ...[modelText(candidate), cost, reward.mean, reward.low95, reward.high95],
          onFront.has(at) ? 'yes' : 'no',
        ]),
      }}
    >
      <div className="px-4 pb-3">
        <div className="flex">
          <div className="relative h-64 w-11 shrink-0 text-xs text-faint" aria-hidden="true">
            {rewards.ticks.map((tick) => (
              <span
                key={tick}
                className="absolute right-2 -translate-y-1/2"
                style={{ top: `${y(tick)}%` }}
              >
                {formatShare(tick)}
              </span>
            ))}
          </div>
          <div className="relative h-64 min-w-0 grow">
            <svg className="absolute inset-0 size-full overflow-visible" aria-hidden="true">
              {rewards.ticks.map((tick) => (
                <line
                  key={tick}
                  x1="0"
                  x2="100%"
                  y1={`${y(tick)}%`}
                  y2={`${y(tick)}%`}
                  className="stroke-line"
                />
              ))}
              {steps.slice(1).map((point, at) => (
                <line
                  key={modelKey(point.candidate)}
                  x1={`${x(steps[at]?.cost ?? 0)}%`}
                  y1={`${y(steps[at]?.reward.mean ?? 0)}%`}
                  x2={`${x(point.cost)}%`}
                  y2={`${y(point.reward.mean)}%`}
                  className="stroke-accent"
                  strokeDasharray="4 3"
                />
              ))}
              {points.map(({ candidate, cost, reward }, at) => (
                <g key={modelKey(candidate)}>
                  <line
                    x1={`${x(cost)}%`}
                    x2={`${x(cost)}%`}
                    y1={`${y(reward.low95)}%`}
                    y2={`${y(reward.high95)}%`}
                    className="stroke-interval"
                    strokeWidth="1.5"
                  />
                  <circle
                    cx={`${x(cost)}%`}
                    cy={`${y(reward.mean)}%`}
                    r="4.5"
                    strokeWidth="1.5"
                    className={
                      onFront.has(at) ? 'fill-accent stroke-surface' : 'fill-surface stroke-faint'
                    }
                  />
                </g>
              ))}
            </svg>
            {points.slice(0, NAMED).map(({ candidate, cost, reward }) => (
              <span
                key={modelKey(candidate)}
                className={`absolute max-w-40 -translate-y-1/2 truncate text-xs ${x(cost) > 75 ? '-translate-x-full pr-2' : 'pl-2'}`}
                style={{ left: `${x(cost)}%`, top: `${y(reward.mean)}%` }}
              >
                <bdi>{candidate.modelName}</bdi>
                {candidate.thinkingLevel !== null && (
                  <bdi className="text-faint"> {candidate.thinkingLevel}</bdi>
                )}
              </span>
            ))}
          </div>
        </div>
        <div className="relative mt-1 ml-11 h-4 text-xs text-faint" aria-hidden="true">
          {x.ticks.map((tick) => (
            <span key={tick} className="absolute -translate-x-1/2" style={{ left: `${x(tick)}%` }}>
              {formatUsd(tick)}
            </span>
          ))}
        </div>
      </div>
    </FigureFrame>
  )
}
