import type { ExperimentBody } from '@winrate/shared-schema/http'
import { useExperiment } from '../../api/queries.ts'
import { DifferenceAxis, DifferenceBar, differenceScale } from '../../charts/difference.tsx'
import {
  formatCount,
  formatMs,
  formatPoints,
  formatShare,
  formatUsd,
  signed,
} from '../../format/numbers.ts'
import { formatMoment } from '../../format/times.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import { FigureFrame } from '../../parts/figure-frame.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { Answer } from '../../parts/states.tsx'
import { TaskLink } from '../../parts/task-link.tsx'
import { DailySavings } from './daily-savings.tsx'

type Comparison = Pick<
  ExperimentBody,
  'success' | 'costPerCall' | 'costPerSuccess' | 'responseTimeMs'
>
type Difference = NonNullable<Comparison['success']>

const BEGIN = 'npx winrate holdout 0.1 --baseline gpt-4o'

/** What the standing experiment says: does learned routing pay, and how sure is that? */
export function ExperimentSection() {
  const experiment = useExperiment()
  return (
    <Answer query={experiment}>
      {(body) => (
        <>
          {body.experiment === null ? <NoExperiment /> : <Experiment body={body} />}
          <DailySavings days={body.days} totals={body.totals} />
        </>
      )}
    </Answer>
  )
}

function NoExperiment() {
  return (
    <section aria-label="Experiment" className="card px-4 py-3">
      <p className="text-base leading-6 font-medium">No experiment runs.</p>
      <p className="mt-1 max-w-3xl text-muted">
        An experiment routes a share of the sessions by a baseline, and compares: the only way to
        know for sure that learned routing pays. Begin one with{' '}
        <code className="rounded bg-sunken px-1 font-mono text-xs">{BEGIN}</code>
        <CopyButton text={BEGIN} label="Copy" />
      </p>
    </section>
  )
}

function Experiment({ body }: { readonly body: ExperimentBody }) {
  const { experiment, decisions } = body
  if (experiment === null) return null
  const ended = experiment.until === null ? '' : `, ended ${formatMoment(experiment.until)}`
  return (
    <>
      <section aria-label="Experiment" className="card px-4 py-3">
        <p className="max-w-4xl text-base leading-6 font-medium text-balance">
          <bdi>{body.sentence}</bdi>
        </p>
        <p className="mt-1 text-muted">
          {formatShare(experiment.share)} of the sessions go by <bdi>{experiment.baseline}</bdi>,
          since {formatMoment(experiment.since)}
          {ended}. {formatCount(decisions.learned)} decisions learned,{' '}
          {formatCount(decisions.holdout)} held out.
        </p>
      </section>
      <Measures body={body} />
      {body.taskTypes.length > 0 && <TaskTypes body={body} />}
    </>
  )
}

const measures = [
  {
    key: 'success',
    name: 'Success',
    format: (value: number) => formatShare(value, 1),
    isBetter: 1,
  },
  { key: 'costPerCall', name: 'Cost per call', format: formatUsd, isBetter: -1 },
  { key: 'costPerSuccess', name: 'Cost per success', format: formatUsd, isBetter: -1 },
  { key: 'responseTimeMs', name: 'Response time', format: formatMs, isBetter: -1 },
] as const

function Measures({ body }: { readonly body: ExperimentBody }) {
  const rows = measures.flatMap((measure) => {
    const difference = body[measure.key]
    return difference === null ? [] : [{ ...measure, difference }]
  })
  if (rows.length === 0) return null
  const scale = differenceScale(rows.map(({ difference }) => relative(difference)))
  return (
    <FigureFrame
      title="Learned routing beside the baseline"
      note="Relative to the baseline, with 95 % confidence sequences: they hold however often you look. Filled where clear."
      numbers={{
        columns: ['measure', 'learned', 'baseline', 'difference', 'low 95 %', 'high 95 %', 'clear'],
        rows: rows.map(({ name, difference: d }) => [
          ...[name, d.learned, d.holdout, d.difference, d.low, d.high, d.clear ? 'yes' : 'no'],
        ]),
      }}
      command="npx winrate experiment"
      isTable
    >
      <Scroll label="Measures of the experiment">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Measure</th>
              <th scope="col" className="number">
                Learned
              </th>
              <th scope="col" className="number">
                Baseline
              </th>
              <th scope="col" className="plot w-[40%] min-w-44">
                <DifferenceAxis scale={scale} format={(value) => `${signed(value * 100, 0)} %`} />
              </th>
              <th scope="col" className="number">
                Difference
              </th>
              <th scope="col">It says</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ key, name, format, isBetter, difference }) => (
              <tr key={key}>
                <td className="font-medium">{name}</td>
                <td className="number">{format(difference.learned)}</td>
                <td className="number">{format(difference.holdout)}</td>
                <td className="plot">
                  <DifferenceBar
                    difference={relative(difference)}
                    scale={scale}
                    isClear={difference.clear}
                  />
                </td>
                <td className="number">
                  {key === 'success' ? formatPoints(difference.difference) : change(difference)}
                </td>
                <td className="whitespace-nowrap">
                  {!difference.clear
                    ? 'nothing clear yet'
                    : difference.difference * isBetter > 0
                      ? 'clearly better'
                      : 'clearly worse'}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </FigureFrame>
  )
}

function TaskTypes({ body }: { readonly body: ExperimentBody }) {
  const told = body.taskTypes.flatMap(({ success, ...rest }) =>
    success === null ? [] : [{ ...rest, success }],
  )
  const scale = differenceScale(told.map(({ success }) => pointsOf(success)))
  return (
    <FigureFrame
      title="Success by task type"
      note="Learned routing less the baseline. Each sequence holds at 95 % by itself."
      numbers={{
        columns: [
          'task type',
          'learned decisions',
          'held-out decisions',
          'difference',
          'low',
          'high',
        ],
        rows: body.taskTypes.map(({ taskType, decisions, success }) => [
          ...[taskType, decisions.learned, decisions.holdout],
          ...[success?.difference ?? null, success?.low ?? null, success?.high ?? null],
        ]),
      }}
      command="npx winrate experiment"
      isTable
    >
      <Scroll label="Success by task type">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Task type</th>
              <th scope="col" className="number">
                Held out
              </th>
              <th scope="col" className="plot w-1/2 min-w-44">
                <DifferenceAxis scale={scale} format={(value) => `${signed(value * 100, 0)} pp`} />
              </th>
              <th scope="col" className="number">
                Difference
              </th>
            </tr>
          </thead>
          <tbody>
            {body.taskTypes.map(({ taskType, decisions, success }) => (
              <tr key={taskType}>
                <td>
                  <TaskLink taskType={taskType} />
                </td>
                <td className="number">{formatCount(decisions.holdout)}</td>
                <td className="plot">
                  {success !== null && (
                    <DifferenceBar
                      difference={pointsOf(success)}
                      scale={scale}
                      isClear={success.clear}
                    />
                  )}
                </td>
                <td className="number">
                  {success === null ? 'too few' : formatPoints(success.difference)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </FigureFrame>
  )
}

/** As shares of what the baseline has, so that measures of several units share one axis. */
function relative({ difference, low, high, holdout }: Difference) {
  const unit = Math.abs(holdout) > 0 ? Math.abs(holdout) : 1
  return { low: low / unit, mean: difference / unit, high: high / unit }
}

function pointsOf({ difference, low, high }: Difference) {
  return { low, mean: difference, high }
}

function change(difference: Difference): string {
  return `${signed(relative(difference).mean * 100, 0)} %`
}
