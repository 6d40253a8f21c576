import type { StandingState } from '../api/standings.ts'

const looks: Record<
  StandingState,
  { readonly mark: string; readonly className: string; readonly title: string }
> = {
  decided: {
    mark: '●',
    className: 'text-good',
    title: 'One model is chosen at least 95 % of the time',
  },
  leaning: {
    mark: '◕',
    className: 'text-accent',
    title: 'One model is chosen at least 80 % of the time',
  },
  open: { mark: '◔', className: 'text-warn', title: 'Several models may still be the best' },
  'too few': { mark: '○', className: 'text-faint', title: 'Fewer than 20 outcomes' },
}

export function StandingMark({ state }: { readonly state: StandingState | undefined }) {
  if (state === undefined) return <span className="text-faint">…</span>
  const { mark, className, title } = looks[state]
  return (
    <span title={title} className="whitespace-nowrap">
      <span className={`${className} mr-1.5`} aria-hidden="true">
        {mark}
      </span>
      {state}
    </span>
  )
}
