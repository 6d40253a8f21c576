import type { StandingsBody, TaskStanding } from '@winrate/shared-schema/http'
import { curlOf } from '../api/curl.ts'
import { useStandings } from '../api/queries.ts'
import { useToken } from '../api/session.ts'
import { stateOf } from '../api/standings.ts'
import { CHANCE, CHANCE_TO_BE_BEST } from '../charts/chance-bar.tsx'
import { Interval, IntervalAxis, IntervalLegend } from '../charts/interval.tsx'
import { type Scale, shareScale } from '../charts/scale.ts'
import { modelText } from '../format/names.ts'
import { formatCount, formatShare, formatUsd } from '../format/numbers.ts'
import { useQueryValue } from '../navigation/location.ts'
import { FigureFrame } from '../parts/figure-frame.tsx'
import { ModelName } from '../parts/model-name.tsx'
import { Choice, PageHead } from '../parts/page-head.tsx'
import { Scroll } from '../parts/scroll.tsx'
import { StandingMark } from '../parts/standing-state.tsx'
import { Answer, Empty } from '../parts/states.tsx'
import { TableHead } from '../parts/table-head.tsx'
import { TaskLink } from '../parts/task-link.tsx'

/** Which model wins where, and how sure is that? */
export function TaskTypesPage() {
  const standings = useStandings()
  return (
    <>
      <PageHead title="Task types">Which model wins where, and how sure that is.</PageHead>
      <Answer query={standings}>{(body) => <TaskTypes standings={body} />}</Answer>
    </>
  )
}

function TaskTypes({ standings: { taskTypes, more = 0 } }: { readonly standings: StandingsBody }) {
  const token = useToken()
  const [search, setSearch] = useQueryValue('search')
  const [sort, setSort] = useQueryValue('sort', 'outcomes')
  const shown = sorted(taskTypes, sort).filter(({ taskType }) =>
    taskType.toLowerCase().includes(search.toLowerCase()),
  )
  const scale = shareScale(
    shown.flatMap(({ leader }) => [
      ...(leader?.posterior == null ? [] : [leader.posterior.low95, leader.posterior.high95]),
      ...(leader?.prior == null ? [] : [leader.prior.mean]),
    ]),
    { ticks: 3 },
  )
  return (
    <FigureFrame
      title={`${formatCount(shown.length)} of ${formatCount(taskTypes.length + more)} task types`}
      note={<IntervalLegend />}
      numbers={numbersOf(shown)}
      command={curlOf('v1/standings', token)}
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
          title={taskTypes.length === 0 ? 'No outcomes yet' : 'No task type has this in its name'}
        />
      ) : (
        <Scroll label="Task types">
          <table className="table">
            <TableHead
              columns={[
                'Task type',
                { number: 'Outcomes' },
                'Leader, runner-up',
                { plot: <IntervalAxis scale={scale} />, className: 'w-[30%] min-w-40' },
                { number: 'To be best', title: CHANCE_TO_BE_BEST },
                { number: 'To be chosen', title: CHANCE },
                'State',
                { number: 'Cost per success' },
              ]}
            />
            <tbody>
              {shown.map((standing) => (
                <Row key={standing.taskType} standing={standing} scale={scale} />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </FigureFrame>
  )
}

function Row({ standing, scale }: { readonly standing: TaskStanding; readonly scale: Scale }) {
  const { taskType, samples, costPerSuccessUsd } = standing
  const state = stateOf(standing)
  const { leader, runnerUp } = state === 'too few' ? noCandidates : standing
  return (
    <tr className="row-link">
      <td>
        <TaskLink taskType={taskType} />
      </td>
      <td className="number">{formatCount(samples)}</td>
      <td>
        {leader === null ? '–' : <ModelName model={leader} isShort />}
        {runnerUp !== null && (
          <span className="flex items-baseline gap-1 text-xs text-muted">
            before <ModelName model={runnerUp} isShort />
          </span>
        )}
      </td>
      <td className="plot">{leader !== null && <Interval candidate={leader} scale={scale} />}</td>
      <td className="number">{formatShare(leader?.chanceToBeBest)}</td>
      <td className="number">{formatShare(leader?.chance)}</td>
      <td>
        <StandingMark state={state} />
      </td>
      <td className="number">{formatUsd(costPerSuccessUsd)}</td>
    </tr>
  )
}

const noCandidates = { leader: null, runnerUp: null }

function sorted(standings: readonly TaskStanding[], by: string): readonly TaskStanding[] {
  const chance = (standing: TaskStanding) =>
    stateOf(standing) === 'too few' ? 2 : (standing.leader?.chance ?? 1.5)
  if (by === 'open') return [...standings].sort((one, other) => chance(one) - chance(other))
  if (by === 'name') {
    return [...standings].sort((one, other) => (one.taskType < other.taskType ? -1 : 1))
  }
  return standings
}

function numbersOf(standings: readonly TaskStanding[]) {
  return {
    columns: [
      'task type',
      'outcomes',
      'models',
      'state',
      'leader',
      'chance to be best',
      'chance to be chosen',
      'mean',
      'low 95 %',
      'high 95 %',
      'runner-up',
      'cost per success in USD',
    ],
    rows: standings.map((standing) => {
      const { taskType, samples, models, leader, runnerUp, costPerSuccessUsd } = standing
      return [
        ...[taskType, samples, models, stateOf(standing) ?? null],
        ...[leader === null ? null : modelText(leader), leader?.chanceToBeBest ?? null],
        leader?.chance ?? null,
        ...[leader?.posterior?.mean ?? null, leader?.posterior?.low95 ?? null],
        ...[leader?.posterior?.high95 ?? null, runnerUp === null ? null : modelText(runnerUp)],
        costPerSuccessUsd,
      ]
    }),
  }
}
