import {
  type Density,
  type ExplainedCandidate,
  likeliestFirst,
  type TaskMetrics,
} from '@winrate/shared-schema/http'
import type { ReactNode } from 'react'
import { LEAST_OUTCOMES } from '../../api/standings.ts'
import { CHANCE, CHANCE_TO_BE_BEST, ChanceBar } from '../../charts/chance-bar.tsx'
import { Interval, IntervalAxis, IntervalLegend } from '../../charts/interval.tsx'
import { shareScale } from '../../charts/scale.ts'
import { modelKey, modelText, type NamedModel } from '../../format/names.ts'
import { formatCount, formatMs, formatRange, formatShare, formatUsd } from '../../format/numbers.ts'
import { hashOf, useQueryValue } from '../../navigation/location.ts'
import { FigureFrame } from '../../parts/figure-frame.tsx'
import { ModelName } from '../../parts/model-name.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { TableHead } from '../../parts/table-head.tsx'

/** More than this are shown when somebody asks for all. */
const SHOWN = 12

/** What is expected of each model, the most first, on one axis: of many, those that are likeliest to be chosen. */
export function ForestPlot({
  candidates,
  densities = [],
  cells,
  command,
  densityChoice,
}: {
  readonly candidates: readonly ExplainedCandidate[]
  /** Of some of them; drawn above their intervals. */
  readonly densities?: readonly Density[] | undefined
  readonly cells: readonly TaskMetrics[]
  readonly command: string
  /** The switch for densities. */
  readonly densityChoice: ReactNode
}) {
  const known = new Map(cells.map((cell) => [modelKey(cell), cell]))
  const [shown, setShown] = useQueryValue('models')
  const likeliest = likeliestFirst(candidates)
  const rows = (shown === 'all' ? likeliest : likeliest.slice(0, SHOWN)).sort(byExpectation)
  const total = cells.reduce((sum, cell) => sum + cell.samples, 0)
  const tells = total >= LEAST_OUTCOMES
  const drawn = new Map(tells ? densities.map((one) => [modelKey(one), one]) : [])
  const highest = Math.max(0, ...[...drawn.values()].flatMap(({ values }) => values))
  const scale = shareScale(
    rows.flatMap((row) => {
      const { posterior, prior } = row
      const density = drawn.get(modelKey(row))
      return [
        ...(posterior === null ? [] : [posterior.low95, posterior.high95]),
        ...(prior === null ? [] : [prior.mean]),
        ...(density === undefined
          ? []
          : [density.from, density.from + density.step * density.values.length]),
      ]
    }),
    { ticks: 6 },
  )
  const densityOf = (candidate: ExplainedCandidate) => {
    const of = drawn.get(modelKey(candidate))
    return of && { of, highest }
  }
  const leader = likeliest[0]?.posterior?.mean
  const samplesOf = (model: NamedModel) => known.get(modelKey(model))?.samples ?? 0
  return (
    <FigureFrame
      title={drawn.size > 0 ? 'Densities of what is expected' : 'What is expected of each model'}
      note={
        tells ? (
          <IntervalLegend />
        ) : (
          `Only ${total} outcomes: too few to say who is best. From ${LEAST_OUTCOMES} on, chances are shown.`
        )
      }
      numbers={
        drawn.size > 0 ? densityNumbers([...drawn.values()]) : numbersOf(likeliest, samplesOf)
      }
      command={command}
      actions={tells && densityChoice}
      isTable={drawn.size === 0}
    >
      <Scroll label="Models">
        <table className="table">
          <TableHead
            columns={[
              'Model',
              { plot: <IntervalAxis scale={scale} />, className: 'w-[42%] min-w-44' },
              { number: 'Mean reward' },
              { number: 'Outcomes' },
              { number: 'To be best', title: CHANCE_TO_BE_BEST },
              { number: 'To be chosen', title: CHANCE },
              { number: 'Cost' },
              { number: 'Time' },
            ]}
          />
          <tbody>
            {rows.map((candidate) => (
              <tr key={modelKey(candidate)}>
                <td>
                  <a
                    href={hashOf(['models', candidate.provider, candidate.modelName])}
                    className="no-underline hover:underline"
                  >
                    <ModelName model={candidate} />
                  </a>
                </td>
                <td className="plot">
                  <Interval
                    candidate={candidate}
                    scale={scale}
                    line={tells ? leader : undefined}
                    density={densityOf(candidate)}
                  />
                </td>
                <td className="number">
                  <Mean candidate={candidate} />
                </td>
                <td className="number">{formatCount(samplesOf(candidate))}</td>
                <td className="number">
                  {tells ? <ChanceBar share={candidate.chanceToBeBest} /> : 'too few'}
                </td>
                <td className="number">
                  {tells ? <ChanceBar share={candidate.chance} /> : 'too few'}
                </td>
                <td className="number">{formatUsd(candidate.costUsd)}</td>
                <td className="number">{formatMs(candidate.responseTimeMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {likeliest.length > SHOWN && (
        <button
          type="button"
          className="button m-4"
          onClick={() => setShown(shown === 'all' ? '' : 'all')}
        >
          {shown === 'all' ? `The ${SHOWN} likeliest` : `All ${likeliest.length} models`}
        </button>
      )}
    </FigureFrame>
  )
}

function densityNumbers(densities: readonly Density[]) {
  return {
    columns: ['model', 'mean reward from', 'to', 'density'],
    rows: densities.flatMap((density) =>
      density.values.map((value, at) => {
        const from = density.from + at * density.step
        return [modelText(density), from, Math.min(1, from + density.step), value]
      }),
    ),
  }
}

function byExpectation(one: ExplainedCandidate, other: ExplainedCandidate): number {
  const expected = ({ posterior, winRate }: ExplainedCandidate) => posterior?.mean ?? winRate
  return expected(other) - expected(one)
}

function Mean({ candidate: { posterior, winRate } }: { readonly candidate: ExplainedCandidate }) {
  if (posterior === null) return formatShare(winRate)
  return (
    <>
      {formatShare(posterior.mean)}{' '}
      <span className="text-xs text-faint">{formatRange(posterior.low95, posterior.high95)}</span>
    </>
  )
}

function numbersOf(rows: readonly ExplainedCandidate[], samplesOf: (model: NamedModel) => number) {
  return {
    columns: [
      'model',
      'mean',
      'low 50 %',
      'high 50 %',
      'low 95 %',
      'high 95 %',
      'prior',
      'outcomes',
      'chance to be best',
      'chance to be chosen',
      'cost in USD',
      'time in ms',
    ],
    rows: rows.map((row) => [
      modelText(row),
      row.posterior?.mean ?? row.winRate,
      ...[row.posterior?.low50 ?? null, row.posterior?.high50 ?? null],
      ...[row.posterior?.low95 ?? null, row.posterior?.high95 ?? null],
      row.prior?.mean ?? null,
      samplesOf(row),
      row.chanceToBeBest,
      row.chance,
      row.costUsd,
      row.responseTimeMs,
    ]),
  }
}
