// A plan as a chain of calls, with what it comes to after each.
import type { Plan } from '@winrate/shared-schema/http'
import { modelKey, modelText } from '../format/names.ts'
import { formatShare, formatUsd } from '../format/numbers.ts'
import { FigureFrame } from './figure-frame.tsx'
import { ModelName } from './model-name.tsx'
import { Scroll } from './scroll.tsx'
import { TableHead } from './table-head.tsx'

type Attempt = Plan['attempts'][number]

export function PlanFigure({ plan, note }: { readonly plan: Plan; readonly note: string }) {
  const { attempts, expectedSuccess, expectedCostUsd, bestAlone } = plan
  return (
    <FigureFrame
      title="The plan where answers are checked"
      note={note}
      numbers={{
        columns: [
          ...['attempt', 'model', 'chance to be reached', 'chance to pass'],
          ...['success so far', 'cost of the call in USD', 'expected cost so far in USD'],
        ],
        rows: attempts.map((attempt, at) => [
          ...[at + 1, modelText(attempt), attempt.reached, attempt.successRate],
          ...[attempt.successSoFar, attempt.costUsd, attempt.costSoFarUsd],
        ]),
      }}
      isTable
    >
      <div className="px-4 pt-1 pb-3">
        <Chain attempts={attempts} />
        <p className="mt-3 text-muted">
          {formatShare(expectedSuccess, 1)} of requests are expected to get an answer that passes
          {expectedCostUsd !== null && `, for ${formatUsd(expectedCostUsd)} each`}. The best model
          alone, <ModelName model={bestAlone} isShort />, is expected to bring{' '}
          {formatShare(bestAlone.successRate, 1)}
          {bestAlone.costUsd !== null && ` for ${formatUsd(bestAlone.costUsd)}`}.
        </p>
      </div>
      <Steps attempts={attempts} />
    </FigureFrame>
  )
}

function Chain({ attempts }: { readonly attempts: readonly Attempt[] }) {
  return (
    <ol className="flex items-stretch max-md:flex-col" aria-hidden="true">
      {attempts.map((attempt, at) => (
        <li key={modelKey(attempt)} className="flex min-w-0 flex-1 items-stretch max-md:flex-col">
          {at > 0 && <Fails share={1 - (attempts[at - 1]?.successRate ?? 1)} />}
          <div className="min-w-0 flex-1 rounded-md border border-strong-line px-3 py-2">
            <div className="truncate font-medium">
              <ModelName model={attempt} isShort />
            </div>
            <div className="text-xs text-muted">
              {at === 0 ? 'every request' : `${formatShare(attempt.reached, 1)} of requests`} ·{' '}
              {formatShare(attempt.successRate)} pass
            </div>
            <Progress
              before={at === 0 ? 0 : (attempts[at - 1]?.successSoFar ?? 0)}
              attempt={attempt}
            />
          </div>
        </li>
      ))}
    </ol>
  )
}

function Fails({ share }: { readonly share: number }) {
  return (
    <span className="flex shrink-0 items-center justify-center px-2 py-1 text-xs whitespace-nowrap text-faint md:w-18 md:flex-col">
      <span>{formatShare(share)} fail</span>
      <span className="max-md:hidden">⟶</span>
      <span className="ml-1 md:hidden">↓</span>
    </span>
  )
}

/** Success so far, what this attempt adds in another shade. */
function Progress({ before, attempt }: { readonly before: number; readonly attempt: Attempt }) {
  return (
    <div className="mt-1.5">
      <div className="flex h-1.5 overflow-hidden rounded-full bg-sunken">
        <div className="bg-interval" style={{ width: `${100 * before}%` }} />
        <div className="bg-accent" style={{ width: `${100 * (attempt.successSoFar - before)}%` }} />
      </div>
      <div className="mt-1 flex justify-between gap-2 text-xs">
        <span>{formatShare(attempt.successSoFar, 1)} so far</span>
        {attempt.costSoFarUsd !== null && (
          <span className="text-muted">{formatUsd(attempt.costSoFarUsd)}</span>
        )}
      </div>
    </div>
  )
}

function Steps({ attempts }: { readonly attempts: readonly Attempt[] }) {
  return (
    <Scroll label="Attempts of the plan">
      <table className="table">
        <TableHead
          columns={[
            'Attempt',
            { number: 'Reached' },
            { number: 'Passes' },
            { number: 'Success so far' },
            { number: 'Cost so far' },
          ]}
        />
        <tbody>
          {attempts.map((attempt, at) => (
            <tr key={modelKey(attempt)}>
              <td>
                {at + 1}. <ModelName model={attempt} isShort />
              </td>
              <td className="number">{formatShare(attempt.reached, 1)}</td>
              <td className="number">{formatShare(attempt.successRate, 1)}</td>
              <td className="number">{formatShare(attempt.successSoFar, 1)}</td>
              <td className="number">{formatUsd(attempt.costSoFarUsd)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
