import { curlOf } from '../../api/curl.ts'
import { useEvents, useExplanation, useMetrics } from '../../api/queries.ts'
import { useToken } from '../../api/session.ts'
import { requestAmongKnown } from '../../api/standings.ts'
import { formatCount } from '../../format/numbers.ts'
import { hashOf, useQueryValue } from '../../navigation/location.ts'
import { Choice, PageHead } from '../../parts/page-head.tsx'
import { Answer, Empty } from '../../parts/states.tsx'
import { CostPlot } from './cost-plot.tsx'
import { marksOf } from './event-marks.ts'
import { ForestPlot } from './forest-plot.tsx'
import { LaterAttemptsNote } from './later-attempts-note.tsx'
import { TaskSeries } from './task-series.tsx'

const spans = [
  { value: '1', text: '1 h' },
  { value: '6', text: '6 h' },
  { value: '24', text: '24 h' },
  { value: '72', text: '3 days' },
  { value: '168', text: '7 days' },
]

/** Which model, by how much, at what cost, and how was it before? */
export function TaskTypePage({ taskType }: { readonly taskType: string }) {
  const [hours, setHours] = useQueryValue('hours', '6')
  const token = useToken()
  const metrics = useMetrics({ taskType })
  const request = metrics.data && requestAmongKnown(taskType, metrics.data)
  const explanation = useExplanation(request)
  const events = useEvents({ taskType, limit: 50 })
  const cells = metrics.data?.metrics.filter((cell) => cell.taskType === taskType) ?? []
  const samples = cells.reduce((sum, cell) => sum + cell.samples, 0)
  return (
    <>
      <PageHead
        title={<bdi>{taskType}</bdi>}
        actions={
          <>
            <a className="button no-underline" href={hashOf(['why'], { task: taskType })}>
              Why?
            </a>
            <Choice label="Time shown" options={spans} value={hours} onChange={setHours} />
          </>
        }
      >
        {metrics.data === undefined
          ? 'Which model, by how much, and at what cost.'
          : `${formatCount(samples)} outcomes of ${formatCount(cells.length)} models in ${metrics.data.windowDays} days.`}
      </PageHead>
      {metrics.data !== undefined && cells.length === 0 ? (
        <div className="card">
          <Empty title="No outcomes of this task type">
            They may have left the window, or a client spells the task type otherwise.
          </Empty>
        </div>
      ) : (
        <div className="grid gap-4">
          {request !== undefined && (
            <Answer query={explanation}>
              {(body) => (
                <ForestPlot
                  candidates={body.candidates}
                  cells={cells}
                  command={curlOf('v1/explain', token, request)}
                />
              )}
            </Answer>
          )}
          <LaterAttemptsNote taskType={taskType} metrics={metrics.data} />
          <TaskSeries
            taskType={taskType}
            hours={Number(hours) || 6}
            marks={marksOf(events.data?.events ?? [])}
          />
          {explanation.data !== undefined && <CostPlot candidates={explanation.data.candidates} />}
        </div>
      )}
    </>
  )
}
