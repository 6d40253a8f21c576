import type { PatternsBody } from '@winrate/shared-schema/http'
import type { ReactNode } from 'react'
import { usePatterns } from '../api/queries.ts'
import {
  type Difference,
  DifferenceAxis,
  DifferenceBar,
  differenceScale,
} from '../charts/difference.tsx'
import { modelText } from '../format/names.ts'
import { formatCount, formatMs, formatShare, formatUsd, signed } from '../format/numbers.ts'
import { FigureFrame } from '../parts/figure-frame.tsx'
import { ModelName } from '../parts/model-name.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Scroll } from '../parts/scroll.tsx'
import { Answer, Empty } from '../parts/states.tsx'
import { TaskLink } from '../parts/task-link.tsx'

/** What stands out? */
export function PatternsPage() {
  const patterns = usePatterns()
  return (
    <>
      <PageHead title="Patterns">
        Differences that stand out. A filled dot is clear among its whole list: of those, 5 % are
        expected to be chance (Benjamini and Hochberg).
      </PageHead>
      <Answer query={patterns}>{(body) => <Lists body={body} />}</Answer>
    </>
  )
}

function Lists({ body }: { readonly body: PatternsBody }) {
  return (
    <div className="grid gap-4">
      <PatternList
        title="Models"
        note="Each at a task type, beside the mean of the models there."
        rows={body.models.map((one) => ({
          ...one,
          key: JSON.stringify([one.taskType, one.provider, one.modelName]),
          text: `${modelText({ ...one, thinkingLevel: null })} at ${one.taskType}`,
          name: <ModelName model={{ ...one, thinkingLevel: null }} />,
          taskType: one.taskType,
          detail: `${formatShare(one.winRate)} against ${formatShare(one.meanWinRate)}`,
        }))}
      />
      <PatternList
        title="Thinking levels"
        note="Each beside the same model without one."
        more={body.moreThinkingLevels}
        rows={body.thinkingLevels.map((one) => ({
          ...one,
          key: JSON.stringify([one.taskType, one.provider, one.modelName, one.thinkingLevel]),
          text: `${modelText(one)} at ${one.taskType}`,
          name: <ModelName model={one} />,
          taskType: one.taskType,
          detail: `${formatShare(one.winRate)} against ${formatShare(one.plainWinRate)}${difference(one.costDifferenceUsd, formatUsd)}${difference(one.responseTimeDifferenceMs, formatMs)}`,
        }))}
      />
      <PatternList
        title="Instances"
        note="Each beside the rest of the fleet at its own mix of work."
        more={body.moreInstances}
        rows={body.instances.map((one) => ({
          ...one,
          key: one.instanceId,
          text: one.instanceId,
          name: <bdi className="font-medium">{one.instanceId}</bdi>,
          detail: `${formatShare(one.winRate)} against ${formatShare(one.expectedWinRate)}${one.quarantined ? ', left out' : ''}`,
        }))}
      />
    </div>
  )
}

interface PatternRow {
  readonly key: string
  readonly text: string
  readonly name: ReactNode
  readonly taskType?: string
  readonly detail: string
  readonly samples: number
  readonly points: number
  readonly lowPoints: number
  readonly highPoints: number
  readonly clear: boolean
}

const SHOWN = 20

function PatternList({
  title,
  note,
  rows,
  more,
}: {
  readonly title: string
  readonly note: string
  readonly rows: readonly PatternRow[]
  readonly more?: number | undefined
}) {
  const shown = rows.slice(0, SHOWN)
  const scale = differenceScale(shown.map(pointsOf))
  const hasTasks = rows.some(({ taskType }) => taskType !== undefined)
  const clear = rows.filter((row) => row.clear).length
  return (
    <FigureFrame
      title={title}
      note={`${note} ${formatCount(clear)} of ${formatCount(rows.length + (more ?? 0))} are clear.`}
      numbers={{
        columns: ['what', 'outcomes', 'difference in points', 'low 95 %', 'high 95 %', 'clear'],
        rows: rows.map((row) => [
          row.text,
          row.samples,
          row.points,
          row.lowPoints,
          row.highPoints,
          row.clear ? 'yes' : 'no',
        ]),
      }}
      command="npx winrate patterns"
      isTable
    >
      {rows.length === 0 ? (
        <Empty title="Nothing to compare yet">Rates of fewer than 10 outcomes take no part.</Empty>
      ) : (
        <Scroll label={title}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{title}</th>
                {hasTasks && <th scope="col">Task type</th>}
                <th scope="col" className="plot w-[36%] min-w-40">
                  <DifferenceAxis scale={scale} format={(value) => `${signed(value, 0)} pp`} />
                </th>
                <th scope="col" className="number">
                  Difference
                </th>
                <th scope="col" className="number">
                  Outcomes
                </th>
                <th scope="col">Win rate</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <tr key={row.key} className={row.clear ? '' : 'text-muted'}>
                  <td>{row.name}</td>
                  {hasTasks && (
                    <td>{row.taskType !== undefined && <TaskLink taskType={row.taskType} />}</td>
                  )}
                  <td className="plot">
                    <DifferenceBar difference={pointsOf(row)} scale={scale} isClear={row.clear} />
                  </td>
                  <td className="number">
                    {signed(row.points, 1)} pp
                    {!row.clear && <span className="text-faint"> unclear</span>}
                  </td>
                  <td className="number">{formatCount(row.samples)}</td>
                  <td className="whitespace-nowrap">{row.detail}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </FigureFrame>
  )
}

function pointsOf({
  lowPoints,
  points,
  highPoints,
}: Pick<PatternRow, 'lowPoints' | 'points' | 'highPoints'>): Difference {
  return { low: lowPoints, mean: points, high: highPoints }
}

function difference(value: number | null, format: (value: number) => string): string {
  if (value === null) return ''
  return `, ${value < 0 ? '−' : '+'}${format(Math.abs(value))}`
}
