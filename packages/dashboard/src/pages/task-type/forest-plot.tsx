import {
  type ExplainedCandidate,
  likeliestFirst,
  type TaskMetrics,
} from '@winrate/shared-schema/http'
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

/** More than this are shown when somebody asks for all. */
const SHOWN = 12

/** What is expected of each model, the most first, on one axis: of many, those that are likeliest to be chosen. */
export function ForestPlot({
  candidates,
  cells,
  command,
}: {
  readonly candidates: readonly ExplainedCandidate[]
  readonly cells: readonly TaskMetrics[]
  readonly command: string
}) {
  const known = new Map(cells.map((cell) => [modelKey(cell), cell]))
  const [shown, setShown] = useQueryValue('models')
  const likeliest = likeliestFirst(candidates)
  const rows = (shown === 'all' ? likeliest : likeliest.slice(0, SHOWN)).sort(byExpectation)
  const total = cells.reduce((sum, cell) => sum + cell.samples, 0)
  const tells = total >= LEAST_OUTCOMES
  const scale = shareScale(
    rows.flatMap(({ posterior, prior }) => [
      ...(posterior === null ? [] : [posterior.low95, posterior.high95]),
      ...(prior === null ? [] : [prior.mean]),
    ]),
    { ticks: 6 },
  )
  const leader = likeliest[0]?.posterior?.mean
  const samplesOf = (model: NamedModel) => known.get(modelKey(model))?.samples ?? 0
  return (
    <FigureFrame
      title="What is expected of each model"
      note={
        tells ? (
          <IntervalLegend />
        ) : (
          `Only ${total} outcomes: too few to say who is best. From ${LEAST_OUTCOMES} on, chances are shown.`
        )
      }
      numbers={numbersOf(likeliest, samplesOf)}
      command={command}
      isTable
    >
      <Scroll label="Models">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col" className="plot w-[42%] min-w-44">
                <IntervalAxis scale={scale} />
              </th>
              <th scope="col" className="number">
                Mean reward
              </th>
              <th scope="col" className="number">
                Outcomes
              </th>
              <th scope="col" className="number" title={CHANCE_TO_BE_BEST}>
                To be best
              </th>
              <th scope="col" className="number" title={CHANCE}>
                To be chosen
              </th>
              <th scope="col" className="number">
                Cost
              </th>
              <th scope="col" className="number">
                Time
              </th>
            </tr>
          </thead>
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
                  <Interval candidate={candidate} scale={scale} line={tells ? leader : undefined} />
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
