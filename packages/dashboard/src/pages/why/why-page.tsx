import { useExplanation, useMetrics, useStandings } from '../../api/queries.ts'
import { requestAmongKnown } from '../../api/standings.ts'
import { useQueryValue } from '../../navigation/location.ts'
import { PageHead } from '../../parts/page-head.tsx'
import { Answer, Empty } from '../../parts/states.tsx'
import { Explanation } from './explanation.tsx'
import { RequestForm } from './request-form.tsx'
import { requestOf } from './what-if.ts'

/** Why this model for this request? */
export function WhyPage() {
  const tasks = useStandings().data?.taskTypes ?? []
  const [task] = useQueryValue('task')
  const [reference] = useQueryValue('reference')
  const [cost] = useQueryValue('cost')
  const [speed] = useQueryValue('speed')
  const [price] = useQueryValue('price')
  const [level] = useQueryValue('level')
  const [exclude] = useQueryValue('exclude')
  const [risk] = useQueryValue('risk')
  const [tools] = useQueryValue('tools')
  const [verified] = useQueryValue('verified')
  const chosen = task === '' ? (tasks[0]?.taskType ?? '') : task
  const metrics = useMetrics(chosen === '' ? {} : { taskType: chosen })
  const wanted = requestOf({
    ...{ task: chosen, reference, cost, speed, price, level, exclude, risk, tools, verified },
  })
  const among = metrics.data && requestAmongKnown(chosen, metrics.data).options
  const request =
    wanted?.taskType === undefined || among === undefined
      ? wanted
      : { ...wanted, options: { ...among, ...wanted.options } }
  const explanation = useExplanation(request)
  return (
    <>
      <PageHead title="Why">
        Why a model is chosen for a request, by the code that clients decide with. Nothing is
        recorded.
      </PageHead>
      <div className="grid items-start gap-4 lg:grid-cols-[17rem_minmax(0,1fr)]">
        <RequestForm task={chosen} tasks={tasks.map(({ taskType }) => taskType)} />
        {request === undefined ? (
          <div className="card">
            <Empty title="Choose a task type, or paste a reference" />
          </div>
        ) : (
          <Answer query={explanation}>
            {(body) => <Explanation body={body} request={request} />}
          </Answer>
        )}
      </div>
    </>
  )
}
