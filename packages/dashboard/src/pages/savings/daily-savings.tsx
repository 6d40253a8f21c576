import type { ExperimentBody } from '@winrate/shared-schema/http'
import { linearScale } from '../../charts/scale.ts'
import { formatUsd } from '../../format/numbers.ts'
import { FigureFrame } from '../../parts/figure-frame.tsx'

/** Days that the chart has room for at least. */
const LEAST_DAYS = 14

type Day = ExperimentBody['days'][number]

/** What was saved each day, with its sign: losses point down. */
export function DailySavings({ days }: { readonly days: readonly Day[] }) {
  if (days.length === 0) return null
  const perDay = sumByDay(days)
  const bound = Math.max(...perDay.map(({ savedUsd }) => Math.abs(savedUsd)), 1e-6)
  const lowest = Math.min(0, ...perDay.map(({ savedUsd }) => savedUsd))
  const y = linearScale([lowest, Math.max(bound, 0)], { ticks: 4, flipped: true, nice: true })
  const width = 100 / Math.max(LEAST_DAYS, perDay.length)
  return (
    <FigureFrame
      title="Saved each day"
      note="Against the baseline. Outlined where it rests on a description of costs, filled where the experiment tells."
      numbers={{
        columns: [
          'day',
          'task type',
          'decisions',
          'cost in USD',
          'baseline in USD',
          'saved in USD',
          'basis',
        ],
        rows: days.map((one) => [
          ...[one.day, one.taskType, one.decisions, one.costUsd, one.baselineCostUsd],
          ...[one.savedUsd, one.basis],
        ]),
      }}
      command="npx winrate experiment"
    >
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
          {perDay.map(({ day, savedUsd, isExperiment }, at) => (
            <li
              key={day}
              title={`${day}: ${formatUsd(savedUsd)}`}
              className={`absolute rounded-[2px] border ${savedUsd < 0 ? 'border-bad' : 'border-accent'} ${isExperiment ? (savedUsd < 0 ? 'bg-bad' : 'bg-accent') : ''}`}
              style={{
                left: `${at * width + width * 0.15}%`,
                width: `${width * 0.7}%`,
                top: `${Math.min(y(savedUsd), y(0))}%`,
                height: `max(2px, ${Math.abs(y(savedUsd) - y(0))}%)`,
              }}
            >
              <span className="sr-only">
                {day}: {formatUsd(savedUsd)}
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

/** The oldest first. */
function sumByDay(days: readonly Day[]) {
  const sums = new Map<string, { day: string; savedUsd: number; isExperiment: boolean }>()
  for (const { day, savedUsd, basis } of days) {
    const sum = sums.get(day) ?? { day, savedUsd: 0, isExperiment: true }
    sum.savedUsd += savedUsd
    sum.isExperiment &&= basis === 'experiment'
    sums.set(day, sum)
  }
  return [...sums.values()].sort((one, other) => (one.day < other.day ? -1 : 1))
}
