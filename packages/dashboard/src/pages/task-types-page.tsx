import type { MetricsBody } from '@winrate/shared-schema/http'
import { useMetrics } from '../api/queries.ts'
import { type Standing, useStandings } from '../api/standings.ts'
import { ChanceBar } from '../charts/chance-bar.tsx'
import { Interval, IntervalAxis, IntervalLegend } from '../charts/interval.tsx'
import { type Scale, shareScale } from '../charts/scale.ts'
import { modelText } from '../format/names.ts'
import { formatCount, formatUsd } from '../format/numbers.ts'
import { useQueryValue } from '../navigation/location.ts'
import { FigureFrame } from '../parts/figure-frame.tsx'
import { ModelName } from '../parts/model-name.tsx'
import { Choice, PageHead } from '../parts/page-head.tsx'
import { Scroll } from '../parts/scroll.tsx'
import { StandingMark } from '../parts/standing-state.tsx'
import { Answer, Empty } from '../parts/states.tsx'
import { TaskLink } from '../parts/task-link.tsx'

/** Which model wins where, and how sure is that? */
export function TaskTypesPage() {
  const metrics = useMetrics()
  return (
    <>
      <PageHead title="Task types">Which model wins where, and how sure that is.</PageHead>
      <Answer query={metrics}>{(body) => <TaskTypes metrics={body} />}</Answer>
    </>
  )
}

function TaskTypes({ metrics }: { readonly metrics: MetricsBody }) {
  const [search, setSearch] = useQueryValue('search')
  const [sort, setSort] = useQueryValue('sort', 'outcomes')
  const standings = useStandings(metrics)
  const shown = sorted(standings, sort).filter(({ taskType }) =>
    taskType.toLowerCase().includes(search.toLowerCase()),
  )
  const scale = shareScale(
    shown.flatMap(({ candidates }) =>
      candidates
        .slice(0, 1)
        .flatMap(({ posterior, prior }) => [
          ...(posterior === null ? [] : [posterior.low95, posterior.high95]),
          ...(prior === null ? [] : [prior.mean]),
        ]),
    ),
    { ticks: 3 },
  )
  return (
    <FigureFrame
      title={`${formatCount(shown.length)} of ${formatCount(standings.length)} task types`}
      note={<IntervalLegend />}
      numbers={numbersOf(shown, metrics)}
      command="npx winrate status"
      isTable
      actions={
        <>
          <Choice
            label="Sort by"
            value={sort}
            onChange={setSort}
            options={[
              { value: 'outcomes', text: 'Outcomes' },
              { value: 'open', text: 'Open first' },
              { value: 'name', text: 'Name' },
            ]}
          />
          <input
            type="search"
            aria-label="Search task types"
            placeholder="Search"
            className="field ml-2 w-36"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
        </>
      }
    >
      {shown.length === 0 ? (
        <Empty
          title={standings.length === 0 ? 'No outcomes yet' : 'No task type has this in its name'}
        />
      ) : (
        <Scroll label="Task types">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Task type</th>
                <th scope="col" className="number">
                  Outcomes
                </th>
                <th scope="col">Leader</th>
                <th scope="col" className="plot w-[30%] min-w-40">
                  <IntervalAxis scale={scale} />
                </th>
                <th scope="col" className="number">
                  Chance
                </th>
                <th scope="col">State</th>
                <th scope="col">Runner-up</th>
                <th scope="col" className="number">
                  Cost per success
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((standing) => (
                <Row key={standing.taskType} standing={standing} metrics={metrics} scale={scale} />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </FigureFrame>
  )
}

function Row({
  standing,
  metrics,
  scale,
}: {
  readonly standing: Standing
  readonly metrics: MetricsBody
  readonly scale: Scale
}) {
  const { taskType, samples, state } = standing
  const [leader, second] = state === 'too few' ? [] : standing.candidates
  return (
    <tr className="row-link">
      <td>
        <TaskLink taskType={taskType} />
      </td>
      <td className="number">{formatCount(samples)}</td>
      <td>{leader === undefined ? '–' : <ModelName model={leader} isShort />}</td>
      <td className="plot">
        {leader !== undefined && <Interval candidate={leader} scale={scale} />}
      </td>
      <td className="number">{leader === undefined ? '–' : <ChanceBar share={leader.chance} />}</td>
      <td>
        <StandingMark state={state} />
      </td>
      <td>{second === undefined ? '–' : <ModelName model={second} isShort />}</td>
      <td className="number">{formatUsd(costPerSuccess(standing, metrics))}</td>
    </tr>
  )
}

/** Of all models at the task type together. */
function costPerSuccess({ taskType }: Standing, { metrics }: MetricsBody): number | null {
  const cells = metrics.filter((cell) => cell.taskType === taskType && cell.avgCostUsd !== null)
  const cost = cells.reduce((sum, cell) => sum + cell.samples * (cell.avgCostUsd ?? 0), 0)
  const successes = cells.reduce((sum, cell) => sum + cell.successes, 0)
  return successes === 0 || cells.length === 0 ? null : cost / successes
}

function sorted(standings: readonly Standing[], by: string): readonly Standing[] {
  const chance = ({ candidates, state }: Standing) =>
    state === 'too few' ? 2 : (candidates[0]?.chance ?? 1.5)
  if (by === 'open') return [...standings].sort((one, other) => chance(one) - chance(other))
  if (by === 'name') {
    return [...standings].sort((one, other) => (one.taskType < other.taskType ? -1 : 1))
  }
  return standings
}

function numbersOf(standings: readonly Standing[], metrics: MetricsBody) {
  return {
    columns: [
      'task type',
      'outcomes',
      'models',
      'state',
      'leader',
      'chance',
      'mean',
      'low 95 %',
      'high 95 %',
      'runner-up',
      'cost per success in USD',
    ],
    rows: standings.map((standing) => {
      const {
        taskType,
        samples,
        models,
        state,
        candidates: [leader, second],
      } = standing
      return [
        ...[taskType, samples, models, state ?? null],
        ...[leader === undefined ? null : modelText(leader), leader?.chance ?? null],
        ...[leader?.posterior?.mean ?? null, leader?.posterior?.low95 ?? null],
        ...[leader?.posterior?.high95 ?? null, second === undefined ? null : modelText(second)],
        costPerSuccess(standing, metrics),
      ]
    }),
  }
}
