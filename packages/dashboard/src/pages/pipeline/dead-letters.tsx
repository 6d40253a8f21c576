import type { DeadLettersBody } from '@winrate/shared-schema/http'
import { shellQuoted } from '../../format/names.ts'
import { formatCount } from '../../format/numbers.ts'
import { formatAgo, formatMoment } from '../../format/times.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import { FigureFrame } from '../../parts/figure-frame.tsx'
import { Empty } from '../../parts/states.tsx'
import { useNow } from '../../shell/live-state.tsx'

/** What could not be stored, by reason, and how to try it again. */
export function DeadLetters({ body: { reasons, total } }: { readonly body: DeadLettersBody }) {
  const now = useNow()
  return (
    <FigureFrame
      title={`Dead letters: ${formatCount(total)}`}
      note="Complete, with the reason. Once the reason is gone, queue them again."
      numbers={{
        columns: ['reason', 'dead letters', 'last at', 'sample'],
        rows: reasons.map((one) => [one.reason, one.deadLetters, one.lastAt, one.sample]),
      }}
      command="npx winrate dead-letters"
      isTable
    >
      {reasons.length === 0 ? (
        <Empty title="None: everything that arrived was stored" />
      ) : (
        <ul>
          {reasons.map(({ reason, deadLetters, lastAt, sample }) => (
            <li key={reason} className="border-t border-line px-4 py-2.5">
              <div className="flex flex-wrap items-baseline justify-between gap-x-4">
                <bdi className="font-medium wrap-anywhere">{reason}</bdi>
                <span className="text-muted" title={formatMoment(lastAt)}>
                  {formatCount(deadLetters)}, the last {formatAgo(lastAt, now)}{' '}
                  <CopyButton
                    text={`npx winrate requeue ${shellQuoted(reason)}`}
                    label="Requeue command"
                  />
                </span>
              </div>
              {sample !== null && (
                <details className="mt-1">
                  <summary className="text-xs text-muted">Sample</summary>
                  <pre className="mt-1 max-h-48 overflow-auto rounded bg-sunken p-2 font-mono text-xs whitespace-pre-wrap wrap-anywhere">
                    {sample}
                  </pre>
                </details>
              )}
            </li>
          ))}
        </ul>
      )}
    </FigureFrame>
  )
}
