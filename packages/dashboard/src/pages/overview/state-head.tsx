import type { StatusBody } from '@winrate/shared-schema/http'
import { stateSentence } from './state-sentence.ts'

const looks = {
  well: { mark: '✓', className: 'text-good' },
  warns: { mark: '!', className: 'text-warn' },
  wrong: { mark: '✕', className: 'text-bad' },
} as const

export function StateHead({ status }: { readonly status: StatusBody }) {
  const { level, sentence, points } = stateSentence(status)
  const { mark, className } = looks[level]
  return (
    <section aria-label="State" className="mb-5">
      <p className="flex gap-2.5 text-lg leading-7 font-medium tracking-tight text-balance">
        <span className={className} aria-hidden="true">
          {mark}
        </span>
        <span role="status">{sentence}</span>
      </p>
      {points.length > 0 && (
        <ul className="mt-2 ml-6 space-y-1 text-muted">
          {points.map(({ name, detail, isWrong }) => (
            <li key={name} className="max-w-3xl wrap-anywhere">
              <span className={`font-medium ${isWrong ? 'text-bad' : 'text-warn'}`}>{name}</span>{' '}
              {detail}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
