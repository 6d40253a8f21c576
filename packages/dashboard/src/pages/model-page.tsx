import type { MetricsBody, PatternsBody, TaskMetrics } from '@winrate/shared-schema/http'
import { useMetrics, usePatterns } from '../api/queries.ts'
import { LEAST_OUTCOMES } from '../api/standings.ts'
import { DifferenceAxis, DifferenceBar, differenceScale } from '../charts/difference.tsx'
import { formatCount, formatMs, formatShare, formatUsd, signed } from '../format/numbers.ts'
import { FigureFrame } from '../parts/figure-frame.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Scroll } from '../parts/scroll.tsx'
import { Answer, Empty } from '../parts/states.tsx'
import { TableHead } from '../parts/table-head.tsx'
import { TaskLink } from '../parts/task-link.tsx'
import { TimeChoice } from '../parts/time-choice.tsx'
import { ModelTraffic } from './model-traffic.tsx'

/** Where is a model good, and which thinking level pays? */
export function ModelPage({
  provider,
  modelName,
}: {
  readonly provider: string
  readonly modelName: string
}) {
  const metrics = useMetrics({ model: modelName })
  const patterns = usePatterns()
  return (
    <>
      <PageHead title={<bdi>{modelName}</bdi>} actions={<TimeChoice />}>
        <bdi>{provider}</bdi>: where it is good, beside the mean of the models there.
      </PageHead>
      <div className="grid gap-4">
        <Answer query={metrics}>
          {(body) => <Cells cells={cellsOf(body, provider)} patterns={patterns.data} />}
        </Answer>
        <ModelTraffic provider={provider} modelName={modelName} />
      </div>
    </>
  )
}

function cellsOf({ metrics }: MetricsBody, provider: string): TaskMetrics[] {
  return metrics
    .filter((cell) => cell.provider === provider)
    .sort((one, other) => other.samples - one.samples)
}

function Cells({
  cells,
  patterns,
}: {
  readonly cells: readonly TaskMetrics[]
  readonly patterns: PatternsBody | undefined
}) {
  if (cells.length === 0) {
    return (
      <div className="card">
        <Empty title="No outcomes of this model">They may have left the window.</Empty>
      </div>
    )
  }
  const compared = (cell: TaskMetrics) =>
    patterns?.models.find(
      ({ taskType, provider, modelName }) =>
        taskType === cell.taskType && provider === cell.provider && modelName === cell.modelName,
    )
  const scale = differenceScale(
    cells.flatMap((cell) => {
      const found = compared(cell)
      return found === undefined ? [] : [differenceOf(found)]
    }),
  )
  return (
    <FigureFrame
      title="By task type"
      note="The difference is over all its thinking levels; filled where it is clear among all comparisons."
      numbers={numbersOf(cells)}
      command="npx winrate status"
      isTable
    >
      <Scroll label="Task types of the model">
        <table className="table">
          <TableHead
            columns={[
              'Task type',
              'Level',
              { number: 'Outcomes' },
              { number: 'Win rate' },
              {
                plot: <DifferenceAxis scale={scale} format={(value) => `${signed(value, 0)} pp`} />,
                className: 'w-[34%] min-w-40',
              },
              { number: 'Cost' },
              { number: 'Time' },
            ]}
          />
          <tbody>
            {cells.map((cell) => {
              const found = compared(cell)
              return (
                <tr key={`${cell.taskType} ${cell.thinkingLevel}`}>
                  <td>
                    <TaskLink taskType={cell.taskType} />
                  </td>
                  <td>
                    <bdi>{cell.thinkingLevel ?? '–'}</bdi>
                  </td>
                  <td className="number">{formatCount(cell.samples)}</td>
                  <td className="number">
                    {cell.samples < LEAST_OUTCOMES ? 'too few' : formatShare(cell.winRate)}
                  </td>
                  <td className="plot">
                    {found !== undefined && (
                      <DifferenceBar
                        difference={differenceOf(found)}
                        scale={scale}
                        isClear={found.clear}
                      />
                    )}
                  </td>
                  <td className="number">{formatUsd(cell.typicalCostUsd)}</td>
                  <td className="number">{formatMs(cell.typicalResponseTimeMs)}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </Scroll>
    </FigureFrame>
  )
}

function differenceOf({ lowPoints, points, highPoints }: PatternsBody['models'][number]) {
  return { low: lowPoints, mean: points, high: highPoints }
}

function numbersOf(cells: readonly TaskMetrics[]) {
  return {
    columns: [
      'task type',
      'level',
      'outcomes',
      'successes',
      'win rate',
      'cost in USD',
      'time in ms',
    ],
    rows: cells.map((cell) => [
      ...[cell.taskType, cell.thinkingLevel, cell.samples, cell.successes, cell.winRate],
      ...[cell.typicalCostUsd, cell.typicalResponseTimeMs],
    ]),
  }
}
