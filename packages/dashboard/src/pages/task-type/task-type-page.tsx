import { curlOf } from '../../api/curl.ts'
import { useEvents, useExplanation, useMetrics } from '../../api/queries.ts'
import { useToken } from '../../api/session.ts'
import { LEAST_OUTCOMES, requestAmongKnown } from '../../api/standings.ts'
import { formatCount } from '../../format/numbers.ts'
import { hashOf, useQueryValue } from '../../navigation/location.ts'
import { PageHead } from '../../parts/page-head.tsx'
import { PlanFigure } from '../../parts/plan-figure.tsx'
import { Answer, Empty } from '../../parts/states.tsx'
import { TimeChoice, useHours } from '../../parts/time-choice.tsx'
import { CostPlot } from './cost-plot.tsx'
import { marksOf } from './event-marks.ts'
import { ForestPlot } from './forest-plot.tsx'
import { LaterAttemptsNote } from './later-attempts-note.tsx'
import { TaskSeries } from './task-series.tsx'

/** Which model, by how much, at what cost, and how was it before? */
export function TaskTypePage({ taskType }: { readonly taskType: string }) {
  const hours = useHours()
  const token = useToken()
  const metrics = useMetrics({ taskType })
  const [densities, setDensities] = useQueryValue('densities')
  const isDense = densities === 'yes'
  const known = metrics.data && requestAmongKnown(taskType, metrics.data)
  const request = known && { ...known, ...(isDense && { densities: true }) }
  const explanation = useExplanation(request)
  const plan = useExplanation(
    known && { ...known, options: { ...known.options, risk: 'high' }, verified: true },
  ).data?.decision.plan
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
            <TimeChoice />
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
                  densities={isDense ? body.densities : undefined}
                  densityChoice={
                    <button
                      type="button"
                      className="quiet"
                      aria-pressed={isDense}
                      onClick={() => setDensities(isDense ? '' : 'yes')}
                    >
                      {isDense ? 'Intervals only' : 'Densities'}
                    </button>
                  }
                  cells={cells}
                  command={curlOf('v1/explain', token, request)}
                />
              )}
            </Answer>
          )}
          {plan != null && samples >= LEAST_OUTCOMES && (
            <PlanFigure
              plan={plan}
              note="Where answers are checked, call() goes on to the next model while they fail. This plan is expected to be worth most; calls may begin others to learn."
            />
          )}
          <LaterAttemptsNote taskType={taskType} metrics={metrics.data} />
          <TaskSeries
            taskType={taskType}
            hours={hours}
            marks={marksOf(events.data?.events ?? [])}
          />
          {explanation.data !== undefined && <CostPlot candidates={explanation.data.candidates} />}
        </div>
      )}
    </>
  )
}
