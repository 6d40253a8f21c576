import type { StandingsBody, TaskStanding } from '@winrate/shared-schema/http'
import { curlOf } from '../../api/curl.ts'
import { useToken } from '../../api/session.ts'
import { stateOf } from '../../api/standings.ts'
import { CHANCE } from '../../charts/chance-bar.tsx'
import { Interval, IntervalAxis } from '../../charts/interval.tsx'
import { shareScale } from '../../charts/scale.ts'
import { modelText } from '../../format/names.ts'
import { formatCount, formatShare } from '../../format/numbers.ts'
import { FigureFrame } from '../../parts/figure-frame.tsx'
import { ModelName } from '../../parts/model-name.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { StandingMark } from '../../parts/standing-state.tsx'
import { Empty } from '../../parts/states.tsx'
import { TableHead } from '../../parts/table-head.tsx'
import { TaskLink } from '../../parts/task-link.tsx'

const SHOWN = 12

/** Task types in the order of how open they are: where the leader has the least chance comes first. */
export function OpenTasks({
  standings: { taskTypes, more = 0 },
}: {
  readonly standings: StandingsBody
}) {
  const token = useToken()
  if (taskTypes.length === 0) {
    return (
      <div className="card">
        <Empty title="No outcomes yet">
          Connect a client and record what its calls achieve: the README begins with that. The first
          snapshot follows a tick later.
        </Empty>
      </div>
    )
  }
  const ranked = [...taskTypes].sort((one, other) => openness(other) - openness(one))
  const shown = ranked.slice(0, SHOWN)
  const scale = shareScale(
    shown.flatMap(({ leader }) =>
      leader?.posterior == null ? [] : [leader.posterior.low95, leader.posterior.high95],
    ),
    { ticks: 3 },
  )
  return (
    <FigureFrame
      title="Task types, the most open first"
      note="Whom the fleet chooses now, with the 95 % credible interval of its mean reward."
      numbers={numbersOf(ranked)}
      command={curlOf('v1/standings', token)}
      isTable
    >
      <Scroll label="Open task types">
        <table className="table">
          <TableHead
            columns={[
              'Task type',
              'Leader',
              { plot: <IntervalAxis scale={scale} />, className: 'w-2/5 min-w-36' },
              { number: 'To be chosen', title: CHANCE },
              'State',
            ]}
          />
          <tbody>
            {shown.map((standing) => (
              <Row key={standing.taskType} standing={standing} scale={scale} />
            ))}
          </tbody>
        </table>
      </Scroll>
      {ranked.length > SHOWN && (
        <p className="px-4 py-2 text-xs text-muted">
          <a href="#/task-types" className="text-accent">
            All {formatCount(ranked.length + more)} task types
          </a>
        </p>
      )}
    </FigureFrame>
  )
}

function Row({
  standing,
  scale,
}: {
  readonly standing: TaskStanding
  readonly scale: ReturnType<typeof shareScale>
}) {
  const { leader } = standing
  const state = stateOf(standing)
  const tells = leader !== null && state !== 'too few'
  return (
    <tr>
      <td>
        <TaskLink taskType={standing.taskType} />
      </td>
      <td>{tells ? <ModelName model={leader} isShort /> : '–'}</td>
      <td className="plot">{tells && <Interval candidate={leader} scale={scale} />}</td>
      <td className="number">{tells ? formatShare(leader.chance) : '–'}</td>
      <td title={`${formatCount(standing.samples)} outcomes`}>
        <StandingMark state={state} />
      </td>
    </tr>
  )
}

/** Where nothing is known comes last. */
function openness(standing: TaskStanding): number {
  const { leader } = standing
  return leader === null || stateOf(standing) === 'too few' ? -1 : 1 - leader.chance
}

function numbersOf(standings: readonly TaskStanding[]) {
  return {
    columns: [
      'task type',
      'outcomes',
      'state',
      'leader',
      'chance',
      'mean',
      'low 95 %',
      'high 95 %',
    ],
    rows: standings.map(({ taskType, samples, leader }) => [
      taskType,
      samples,
      stateOf({ samples, leader }) ?? null,
      leader === null ? null : modelText(leader),
      leader?.chance ?? null,
      leader?.posterior?.mean ?? null,
      leader?.posterior?.low95 ?? null,
      leader?.posterior?.high95 ?? null,
    ]),
  }
}
