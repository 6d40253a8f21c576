import { signed } from '../format/numbers.ts'
import { linearScale } from './scale.ts'

export interface Step {
  readonly name: string
  readonly title: string
  readonly value: number
}

/** How a sum comes about: each step begins where the one before it ended. The first one is where it starts from. */
export function Waterfall({
  steps,
  total,
}: {
  readonly steps: readonly Step[]
  readonly total: Step
}) {
  let at = 0
  const rows = steps.map((step) => {
    const from = at
    at += step.value
    return { ...step, from, to: at }
  })
  const ends = [...rows.flatMap(({ from, to }) => [from, to]), total.value].slice(1)
  const low = Math.min(...ends)
  const high = Math.max(...ends)
  const margin = Math.max(0.02, (high - low) * 0.08)
  const scale = linearScale([Math.max(Math.min(0, low), low - margin * 3), high + margin], {
    ticks: 4,
  })
  const x = (value: number) => scale(value)
  return (
    <div className="px-4 pb-3">
      {[...rows, { ...total, from: 0, to: total.value, isTotal: true }].map((row, place) => {
        const isWhole = place === 0 || 'isTotal' in row
        const left = Math.min(x(row.from), x(row.to))
        const width = Math.abs(x(row.to) - x(row.from))
        const color = isWhole ? 'bg-ink/70' : row.value < 0 ? 'bg-warn' : 'bg-accent'
        return (
          <div
            key={row.name}
            className="grid grid-cols-[7rem_minmax(0,1fr)_3.5rem] items-center gap-3 py-1"
            title={row.title}
          >
            <span className={`truncate ${'isTotal' in row ? 'font-semibold' : 'text-muted'}`}>
              {row.name}
            </span>
            <span className="relative h-4" aria-hidden="true">
              <span
                className={`absolute inset-y-0 rounded-[2px] ${color}`}
                style={{ left: `${left}%`, width: `max(2px, ${width}%)` }}
              />
              {!('isTotal' in row) && (
                <span
                  className="absolute -bottom-2 h-2 border-l border-dashed border-strong-line"
                  style={{ left: `${x(row.to)}%` }}
                />
              )}
            </span>
            <span className={`text-right ${'isTotal' in row ? 'font-semibold' : ''}`}>
              {isWhole ? row.value.toFixed(3) : signed(row.value, 3)}
            </span>
          </div>
        )
      })}
    </div>
  )
}
