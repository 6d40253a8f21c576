import type { DeadLettersBody, RequeuedBody } from '@winrate/shared-schema/http'
import { useState } from 'react'
import { useChange, useIsAdmin } from '../../api/queries.ts'
import { shellQuoted } from '../../format/names.ts'
import { counted, formatCount } from '../../format/numbers.ts'
import { formatAgo, formatMoment } from '../../format/times.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { FigureFrame } from '../../parts/figure-frame.tsx'
import { Empty } from '../../parts/states.tsx'
import { useNow } from '../../shell/live-state.tsx'

/** What could not be stored, by reason, and how to try it again. */
export function DeadLetters({ body: { reasons, total } }: { readonly body: DeadLettersBody }) {
  const now = useNow()
  const isAdmin = useIsAdmin()
  const [asked, setAsked] = useState<Reason>()
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
          {reasons.map((one) => (
            <li key={one.reason} className="border-t border-line px-4 py-2.5">
              <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
                <bdi className="font-medium wrap-anywhere">{one.reason}</bdi>
                <span className="flex flex-wrap items-center gap-x-2 text-muted">
                  <span title={formatMoment(one.lastAt)}>
                    {formatCount(one.deadLetters)}, the last {formatAgo(one.lastAt, now)}
                  </span>
                  <CopyButton
                    text={`npx winrate requeue ${shellQuoted(one.reason)}`}
                    label="Copy as command"
                  />
                  <button
                    type="button"
                    className="button"
                    disabled={!isAdmin}
                    title={isAdmin ? undefined : 'Needs a token for the scope admin'}
                    onClick={() => setAsked(one)}
                  >
                    Requeue…
                  </button>
                </span>
              </div>
              {one.sample !== null && (
                <details className="mt-1">
                  <summary className="text-xs text-muted">Sample</summary>
                  <pre className="mt-1 max-h-48 overflow-auto rounded bg-sunken p-2 font-mono text-xs whitespace-pre-wrap wrap-anywhere">
                    {one.sample}
                  </pre>
                </details>
              )}
            </li>
          ))}
        </ul>
      )}
      {asked !== undefined && <RequeueDialog {...asked} onClose={() => setAsked(undefined)} />}
    </FigureFrame>
  )
}

type Reason = DeadLettersBody['reasons'][number]

function RequeueDialog({
  reason,
  deadLetters,
  onClose,
}: Reason & { readonly onClose: () => void }) {
  const send = useChange()
  const requeue = async () => {
    let total = 0
    for (;;) {
      try {
        const { requeued, more } = await send<RequeuedBody>('v1/admin/requeue', { reason })
        total += requeued
        if (!more) break
      } catch (error) {
        if (total === 0) throw error
        const why = error instanceof Error ? error.message : String(error)
        throw new Error(`${counted(total, 'dead letter')} are back in the queue, then: ${why}`)
      }
    }
    return `Done: ${counted(total, 'dead letter')} ${total === 1 ? 'is' : 'are'} back in the queue. What is rejected again shows here within seconds.`
  }
  return (
    <Confirm
      title="Queue these dead letters again?"
      action="Requeue"
      onConfirm={requeue}
      onClose={onClose}
    >
      <p className="text-muted wrap-anywhere">
        {counted(deadLetters, 'dead letter')} of the reason{' '}
        <bdi className="font-medium text-ink">{reason}</bdi> {deadLetters === 1 ? 'goes' : 'go'}{' '}
        back into the queue, the oldest first. Workers try to store each again: what can be stored
        counts from the next tick on, and what is still wrong is rejected again. If you close this
        page meanwhile, the rest stays here.
      </p>
    </Confirm>
  )
}
