import { namesWithRoom } from '../../charts/name-room.ts'
import { PlotFrame, PointName } from '../../charts/plot-frame.tsx'
import { linearScale, type Scale } from '../../charts/scale.ts'
import { formatPoints, formatShort, signed } from '../../format/numbers.ts'
import { FigureFrame } from '../../parts/figure-frame.tsx'
import { createFunnel } from './funnel.ts'
import { type InstanceRow, type InstanceState, stateOfInstance } from './instance-row.ts'

const NAMED = 6
const STEPS = 60

interface Point {
  readonly instanceId: string
  readonly samples: number
  readonly expectedWinRate: number
  /** Of win rates, as a share of 1. */
  readonly difference: number
  readonly low: number
  readonly high: number
  readonly state: InstanceState
}

/** Each instance by how much it says and how far it is from the others: outside the funnel, chance does not explain it. */
export function FunnelPlot({ rows }: { readonly rows: readonly InstanceRow[] }) {
  const points = rows.flatMap(pointsOf)
  if (points.length < 2) return null
  const halfWidth = createFunnel(points)
  const most = Math.max(...points.map(({ samples }) => samples)) * 1.06
  const least = Math.min(...points.map(({ samples }) => samples))
  const reach = Math.max(halfWidth(least), ...points.map(({ difference }) => Math.abs(difference)))
  const x = linearScale([0, most], { ticks: 5 })
  const bound = Math.min(1, reach * 1.15)
  const y = linearScale([-bound, bound], { ticks: 5, flipped: true })
  const farness = ({ difference, samples }: Point) => Math.abs(difference) / halfWidth(samples)
  const farthest = [...points].sort((one, other) => farness(other) - farness(one))
  const named = namesWithRoom(
    farthest.map(({ samples, difference }) => ({ left: x(samples), top: y(difference) })),
    NAMED,
  )
  return (
    <FigureFrame
      title="Instances beside the rest of the fleet"
      note="Difference of win rate at the same work, against how many outcomes can be compared. The funnel is four standard errors of independent outcomes: outside it, chance does not explain the difference."
      numbers={{
        columns: ['instance', 'outcomes', 'difference', 'low 95 %', 'high 95 %', 'state'],
        rows: points.map((one) => [
          ...[one.instanceId, one.samples, one.difference, one.low, one.high, one.state],
        ]),
      }}
      command="npx winrate patterns"
    >
      <PlotFrame
        x={x}
        y={y}
        formatX={formatShort}
        formatY={(value) => `${signed(value * 100, 0)} pp`}
      >
        <Funnel x={x} y={y} most={most} halfWidth={halfWidth} />
        <Dots points={points} x={x} y={y} />
        {farthest.map((one, at) => (
          <PointName
            key={one.instanceId}
            left={x(one.samples)}
            top={y(one.difference)}
            title={`${one.instanceId}: ${formatPoints(one.difference)}, ${one.samples} outcomes, ${one.state}`}
            isFaint={!named.has(at)}
          >
            <bdi>{one.instanceId}</bdi>
            {one.state === 'left out' && <span className="text-bad"> left out</span>}
          </PointName>
        ))}
      </PlotFrame>
    </FigureFrame>
  )
}

function Funnel({
  x,
  y,
  most,
  halfWidth,
}: {
  readonly x: Scale
  readonly y: Scale
  readonly most: number
  readonly halfWidth: (samples: number) => number
}) {
  const edge = (side: 1 | -1) =>
    Array.from({ length: STEPS }, (_, at) => {
      const samples = (most * (at + 1)) / STEPS
      return `${x(samples).toFixed(2)},${y(side * halfWidth(samples)).toFixed(2)}`
    })
  return (
    <svg
      className="absolute inset-0 size-full"
      viewBox="0 0 100 100"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <polygon
        points={[...edge(1), ...edge(-1).reverse()].join(' ')}
        className="fill-accent-soft"
      />
      <line
        x1="0"
        x2="100"
        y1={y(0)}
        y2={y(0)}
        className="stroke-strong-line"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  )
}

function Dots({
  points,
  x,
  y,
}: {
  readonly points: readonly Point[]
  readonly x: Scale
  readonly y: Scale
}) {
  return (
    <svg className="absolute inset-0 size-full overflow-visible" aria-hidden="true">
      {points.map(({ instanceId, samples, difference, state }) => {
        const isOut = state === 'left out'
        return (
          <circle
            key={instanceId}
            cx={`${x(samples)}%`}
            cy={`${y(difference)}%`}
            r="5"
            strokeWidth="1.5"
            strokeDasharray={isOut ? '2 2' : undefined}
            className={isOut ? 'fill-surface stroke-bad' : 'fill-accent stroke-surface'}
          />
        )
      })}
    </svg>
  )
}

function pointsOf(row: InstanceRow): Point[] {
  const { compared, instanceId } = row
  if (compared === undefined) return []
  return [
    {
      ...{ instanceId, samples: compared.samples, expectedWinRate: compared.expectedWinRate },
      ...{ difference: compared.points / 100, state: stateOfInstance(row) },
      ...{ low: compared.lowPoints / 100, high: compared.highPoints / 100 },
    },
  ]
}
