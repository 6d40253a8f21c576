import type { StatusBody } from '@winrate/shared-schema/http'
import { formatCount, formatSeconds } from '../../format/numbers.ts'
import { formatAgo, formatMoment } from '../../format/times.ts'
import { useNow } from '../../shell/live-state.tsx'
import { stateSentence } from './state-sentence.ts'

const looks = {
  well: { mark: '✓', className: 'text-good' },
  warns: { mark: '!', className: 'text-warn' },
  wrong: { mark: '✕', className: 'text-bad' },
} as const

/** Apart from the sentence: it changes every second, and nobody wants to hear it each time. */
function SnapshotAge({
  status: { snapshot, aggregationIntervalMs },
  lastAt,
}: {
  readonly status: StatusBody
  readonly lastAt: string
}) {
  const now = useNow()
  return (
    <p className="mt-0.5 ml-6 text-muted" title={formatMoment(lastAt)}>
      Snapshot {formatCount(snapshot.version)}, {formatAgo(lastAt, now)}; one is due every{' '}
      {formatSeconds(aggregationIntervalMs / 1_000)}.
    </p>
  )
}

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
      {status.tick.lastAt !== null && <SnapshotAge status={status} lastAt={status.tick.lastAt} />}
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
