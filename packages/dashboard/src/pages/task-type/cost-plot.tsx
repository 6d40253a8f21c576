import type { ExplainedCandidate } from '@winrate/shared-schema/http'
import { namesWithRoom } from '../../charts/name-room.ts'
import { PlotFrame, PointName } from '../../charts/plot-frame.tsx'
import { linearScale, type Scale, shareScale } from '../../charts/scale.ts'
import { modelKey, modelText } from '../../format/names.ts'
import { formatShare, formatUsd } from '../../format/numbers.ts'
import { FigureFrame } from '../../parts/figure-frame.tsx'
import { paretoOf } from './pareto.ts'

const NAMED = 8

interface Point {
  readonly candidate: ExplainedCandidate
  readonly cost: number
  readonly reward: NonNullable<ExplainedCandidate['posterior']>
}

/** Cost beside success: what lies on the line is not beaten in both. */
export function CostPlot({ candidates }: { readonly candidates: readonly ExplainedCandidate[] }) {
  const points: Point[] = candidates.flatMap((candidate) =>
    candidate.refused === null && candidate.costUsd !== null && candidate.posterior !== null
      ? [{ candidate, cost: candidate.costUsd, reward: candidate.posterior }]
      : [],
  )
  if (points.length < 2) return null
  const x = linearScale([0, Math.max(...points.map(({ cost }) => cost)) * 1.05], { ticks: 5 })
  const y = shareScale(
    points.flatMap(({ reward }) => [reward.low95, reward.high95]),
    { ticks: 4, flipped: true },
  )
  const front = paretoOf(points.map(({ cost, reward }) => ({ cost, reward: reward.mean })))
  const named = namesWithRoom(
    points.map(({ cost, reward }) => ({ left: x(cost), top: y(reward.mean) })),
    NAMED,
  )
  return (
    <FigureFrame
      title="Cost and success"
      note="Expected reward with its 95 % interval against the typical cost of a call. No model is both better and cheaper than one on the line."
      numbers={{
        columns: ['model', 'cost in USD', 'mean', 'low 95 %', 'high 95 %', 'on the line'],
        rows: points.map(({ candidate, cost, reward }, at) => [
          ...[modelText(candidate), cost, reward.mean, reward.low95, reward.high95],
          front.includes(at) ? 'yes' : 'no',
        ]),
      }}
    >
      <PlotFrame x={x} y={y} formatX={formatUsd} formatY={(value) => formatShare(value)}>
        <Points points={points} front={front} x={x} y={y} />
        {points.map(({ candidate, cost, reward }, at) => (
          <PointName
            key={modelKey(candidate)}
            left={x(cost)}
            top={y(reward.mean)}
            title={modelText(candidate)}
            isFaint={!named.has(at)}
          >
            <bdi>{candidate.modelName}</bdi>
            {candidate.thinkingLevel !== null && (
              <bdi className="text-faint"> {candidate.thinkingLevel}</bdi>
            )}
          </PointName>
        ))}
      </PlotFrame>
    </FigureFrame>
  )
}

function Points({
  points,
  front,
  x,
  y,
}: {
  readonly points: readonly Point[]
  readonly front: readonly number[]
  readonly x: Scale
  readonly y: Scale
}) {
  const steps = front.map((at) => points[at]).filter((point) => point !== undefined)
  return (
    <svg className="absolute inset-0 size-full overflow-visible" aria-hidden="true">
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
              front.includes(at) ? 'fill-accent stroke-surface' : 'fill-surface stroke-faint'
            }
          />
        </g>
      ))}
    </svg>
  )
}
