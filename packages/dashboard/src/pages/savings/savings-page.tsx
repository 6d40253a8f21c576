import type { Savings } from '@winrate/shared-schema/http'
import { useMetrics } from '../../api/queries.ts'
import { DifferenceAxis, DifferenceBar, differenceScale } from '../../charts/difference.tsx'
import { formatCount, formatPoints, formatShare, formatUsd, signed } from '../../format/numbers.ts'
import { useQueryValue } from '../../navigation/location.ts'
import { FigureFrame } from '../../parts/figure-frame.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { Answer, Empty } from '../../parts/states.tsx'
import { TaskLink } from '../../parts/task-link.tsx'
import { ExperimentSection } from './experiment.tsx'

/** What did routing cost against always calling one model, and did it succeed as often? */
export function SavingsPage() {
  const [baseline, setBaseline] = useQueryValue('baseline')
  const all = useMetrics()
  const metrics = useMetrics(baseline === '' ? {} : { baseline })
  const names = [...new Set(all.data?.metrics.map(({ modelName }) => modelName))].sort()
  const inForce = baseline === '' ? (metrics.data?.savings?.baseline ?? '') : baseline
  return (
    <>
      <PageHead
        title="Experiment and savings"
        actions={
          <label className="flex items-center gap-2 text-muted">
            Against always
            <select
              className="field max-w-56 min-w-0 text-ink"
              value={inForce}
              onChange={(event) => setBaseline(event.target.value)}
            >
              {inForce === '' && <option value="">choose a model</option>}
              {(inForce === '' || names.includes(inForce) ? names : [inForce, ...names]).map(
                (name) => (
                  <option key={name}>{name}</option>
                ),
              )}
            </select>
          </label>
        }
      >
        Whether learned routing pays: by a standing experiment where one runs, else by what chance
        gave the baseline. Where neither tells, by a description of outcomes beside always calling
        one model.
      </PageHead>
      <div className="mb-4 grid gap-4">
        <ExperimentSection />
      </div>
      <Answer query={metrics}>
        {({ savings }) =>
          savings?.total == null ? (
            <div className="card">
              <Empty title={savings?.problem ?? 'Choose a model to compare with'}>
                WINRATE_BASELINE_MODEL sets one for everybody.
              </Empty>
            </div>
          ) : (
            <Compared savings={savings} total={savings.total} />
          )
        }
      </Answer>
    </>
  )
}

function Compared({
  savings,
  total,
}: {
  readonly savings: Savings
  readonly total: NonNullable<Savings['total']>
}) {
  const rows = savings.taskTypes
  const scale = differenceScale([total, ...rows].flatMap(differencesOf))
  const verb = total.savedUsd < 0 ? 'cost' : 'saved'
  return (
    <div className="grid gap-4">
      <section aria-label="In all" className="card px-4 py-3">
        <p className="text-base leading-6 font-medium">
          Routing {verb} {formatUsd(Math.abs(total.savedUsd))}
          {total.savedShare !== null && ` (${formatShare(Math.abs(total.savedShare))})`}{' '}
          {total.savedUsd < 0 ? 'more than' : 'against'} always <bdi>{savings.baseline}</bdi>,{' '}
          {qualityText(total)}.
        </p>
        <p className="mt-1 text-muted">
          Over {formatCount(total.outcomes)} outcomes: {formatUsd(total.costUsd)} instead of{' '}
          {formatUsd(total.baselineCostUsd)}. {formatCount(savings.outcomesLeftOut)} are left out:
          without a known cost, or at task types at which the baseline has none.
        </p>
      </section>
      <FigureFrame
        title="By task type"
        note="The difference of win rates first: of drawn outcomes, on the same instances and days. Then the money."
        numbers={{
          columns: [
            'task type',
            'outcomes',
            'cost in USD',
            'baseline cost in USD',
            'saved in USD',
            'win rate difference',
            'low 95 %',
            'high 95 %',
          ],
          rows: rows.map((row) => [
            ...[row.taskType, row.outcomes, row.costUsd, row.baselineCostUsd, row.savedUsd],
            ...[row.winRateDifference, row.winRateDifferenceLow, row.winRateDifferenceHigh],
          ]),
        }}
        command="npx winrate status"
        isTable
      >
        <Scroll label="Savings by task type">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Task type</th>
                <th scope="col" className="number">
                  Win rate
                </th>
                <th scope="col" className="plot w-[34%] min-w-40">
                  <DifferenceAxis
                    scale={scale}
                    format={(value) => `${signed(value * 100, 0)} pp`}
                  />
                </th>
                <th scope="col" className="number">
                  Outcomes
                </th>
                <th scope="col" className="number">
                  Cost
                </th>
                <th scope="col" className="number">
                  Baseline
                </th>
                <th scope="col" className="number">
                  Saved
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => {
                const [difference] = differencesOf(row)
                return (
                  <tr key={row.taskType}>
                    <td>
                      <TaskLink taskType={row.taskType} />
                    </td>
                    <td className="number">{formatPoints(row.winRateDifference)}</td>
                    <td className="plot">
                      {difference === undefined ? (
                        <span className="text-faint">cannot be compared</span>
                      ) : (
                        <DifferenceBar
                          difference={difference}
                          scale={scale}
                          isClear={difference.low > 0 || difference.high < 0}
                        />
                      )}
                    </td>
                    <td className="number">{formatCount(row.outcomes)}</td>
                    <td className="number">{formatUsd(row.costUsd)}</td>
                    <td className="number">{formatUsd(row.baselineCostUsd)}</td>
                    <td
                      className={`number font-medium ${row.savedUsd < 0 ? 'text-bad' : 'text-good'}`}
                    >
                      {formatUsd(row.savedUsd)}
                    </td>
                  </tr>
                )
              })}
            </tbody>
          </table>
        </Scroll>
      </FigureFrame>
    </div>
  )
}

type Saved = Pick<
  NonNullable<Savings['total']>,
  'winRateDifference' | 'winRateDifferenceLow' | 'winRateDifferenceHigh'
>

function differencesOf({
  winRateDifference: mean,
  winRateDifferenceLow: low,
  winRateDifferenceHigh: high,
}: Saved) {
  return mean === null || low === null || high === null ? [] : [{ low, mean, high }]
}

function qualityText(total: Saved): string {
  const [difference] = differencesOf(total)
  if (difference === undefined) return 'and win rates cannot be compared'
  const { low, mean, high } = difference
  const range = `${formatPoints(low)} to ${formatPoints(high)}`
  if (low <= 0 && high >= 0)
    return `and nothing clear shows in the win rate: ${formatPoints(mean)} (${range})`
  return `with a clearly ${mean > 0 ? 'higher' : 'lower'} win rate: ${formatPoints(mean)} (${range})`
}
