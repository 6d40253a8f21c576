import type { ExperimentBody } from '@winrate/shared-schema/http'
import { linearScale } from '../../charts/scale.ts'
import { formatUsd } from '../../format/numbers.ts'
import { FigureFrame } from '../../parts/figure-frame.tsx'

/** Days that the chart has room for at least. */
const LEAST_DAYS = 14

type Day = ExperimentBody['days'][number]
type Total = ExperimentBody['totals'][number]

const basisTexts: Readonly<Record<Day['basis'], string>> = {
  experiment: 'by the experiment',
  evaluation: 'by what chance gave the baseline',
  description: 'only described: routing chose the baseline’s work',
}

/** What was saved each day, with its sign: losses point down. */
export function DailySavings({
  days,
  totals,
}: {
  readonly days: readonly Day[]
  readonly totals: readonly Total[]
}) {
  if (days.length === 0) return null
  const perDay = sumByDay(days)
  const bound = Math.max(...perDay.map(({ savedUsd }) => Math.abs(savedUsd)), 1e-6)
  const lowest = Math.min(0, ...perDay.map(({ savedUsd }) => savedUsd))
  const y = linearScale([lowest, Math.max(bound, 0)], { ticks: 4, flipped: true, nice: true })
  const width = 100 / Math.max(LEAST_DAYS, perDay.length)
  return (
    <FigureFrame
      title="Saved each day"
      note="Against the baseline. Filled where the experiment tells, paler where off-policy evaluation does, outlined where a part of the day is only described."
      numbers={{
        columns: [
          'day',
          'task type',
          'decisions',
          'cost in USD',
          'baseline in USD',
          'saved in USD',
          'low 95 %',
          'high 95 %',
          'success difference',
          'basis',
          'why not evaluated',
        ],
        rows: days.map((one) => [
          ...[one.day, one.taskType, one.decisions, one.costUsd, one.baselineCostUsd],
          ...[one.savedUsd, one.savedLowUsd, one.savedHighUsd, one.successDifference],
          ...[one.basis, one.why],
        ]),
      }}
      command="npx winrate experiment"
    >
      <Totals totals={totals} />
      <div className="flex px-4 pb-3">
        <div className="relative h-40 w-14 shrink-0 text-xs text-faint" aria-hidden="true">
          {y.ticks.map((tick) => (
            <span
              key={tick}
              className="absolute right-2 -translate-y-1/2 whitespace-nowrap"
              style={{ top: `${y(tick)}%` }}
            >
              {formatUsd(tick)}
            </span>
          ))}
        </div>
        <ol className="relative h-40 min-w-0 grow">
          {perDay.map(({ day, savedUsd, basis }, at) => (
            <li
              key={day}
              title={`${day}: ${formatUsd(savedUsd)}, ${basisTexts[basis]}`}
              className={`absolute rounded-[2px] border ${savedUsd < 0 ? 'border-bad' : 'border-accent'} ${fillOf(basis, savedUsd)}`}
              style={{
                left: `${at * width + width * 0.15}%`,
                width: `${width * 0.7}%`,
                top: `${Math.min(y(savedUsd), y(0))}%`,
                height: `max(2px, ${Math.abs(y(savedUsd) - y(0))}%)`,
              }}
            >
              <span className="sr-only">
                {day}: {formatUsd(savedUsd)}, {basisTexts[basis]}
              </span>
            </li>
          ))}
        </ol>
      </div>
      <p className="-mt-2 pr-4 pb-3 pl-18 text-xs text-faint">
        {perDay[0]?.day}
        {perDay.length > 1 && ` to ${perDay.at(-1)?.day}`}
      </p>
    </FigureFrame>
  )
}

/** Each basis by itself: their sum would look as sure as the surest of them. */
function Totals({ totals }: { readonly totals: readonly Total[] }) {
  return (
    <ul aria-label="Saved in all" className="px-4 pb-3">
      {totals.map(({ basis, savedUsd, savedLowUsd, savedHighUsd, days, baselineCostUsd }) => (
        <li key={basis}>
          <span className={`font-medium ${savedUsd < 0 ? 'text-bad' : 'text-good'}`}>
            {savedUsd < 0 ? `${formatUsd(-savedUsd)} lost` : `${formatUsd(savedUsd)} saved`}
          </span>{' '}
          {savedLowUsd !== null &&
            savedHighUsd !== null &&
            `(${formatUsd(savedLowUsd)} to ${formatUsd(savedHighUsd)}) `}
          of {formatUsd(baselineCostUsd)} on {days} {days === 1 ? 'day' : 'days'},{' '}
          {basisTexts[basis]}
        </li>
      ))}
    </ul>
  )
}

function fillOf(basis: Day['basis'], savedUsd: number): string {
  if (basis === 'experiment') return savedUsd < 0 ? 'bg-bad' : 'bg-accent'
  if (basis === 'evaluation') return savedUsd < 0 ? 'bg-bad/40' : 'bg-accent/40'
  return ''
}

/** From the surest to the least sure: a day is as sure as its least sure part. */
const bases: readonly Day['basis'][] = ['experiment', 'evaluation', 'description']

/** The oldest first. */
function sumByDay(days: readonly Day[]) {
  const sums = new Map<string, { day: string; savedUsd: number; basis: Day['basis'] }>()
  for (const { day, savedUsd, basis } of days) {
    const sum = sums.get(day) ?? { day, savedUsd: 0, basis: 'experiment' }
    sum.savedUsd += savedUsd
    if (bases.indexOf(basis) > bases.indexOf(sum.basis)) sum.basis = basis
    sums.set(day, sum)
  }
  return [...sums.values()].sort((one, other) => (one.day < other.day ? -1 : 1))
}
