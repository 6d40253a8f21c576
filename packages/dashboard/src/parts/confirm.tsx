import { type ReactNode, useState } from 'react'
import { Dialog } from './dialog.tsx'

/** States the effect of a change, and makes it once the reader agrees. What the worker says to it stays visible. */
export function Confirm({
  title,
  action,
  children,
  onConfirm,
  onClose,
  canConfirm = true,
}: {
  readonly title: string
  /** What the button does, as a verb. */
  readonly action: string
  readonly children: ReactNode
  /** Resolves to what has happened, for people. */
  readonly onConfirm: () => Promise<string>
  readonly onClose: () => void
  readonly canConfirm?: boolean
}) {
  const [state, setState] = useState<'asking' | 'working' | 'done'>('asking')
  const [message, setMessage] = useState('')
  const confirm = async () => {
    setState('working')
    try {
      setMessage(await onConfirm())
      setState('done')
    } catch (error) {
      setMessage(error instanceof Error ? error.message : String(error))
      setState('asking')
    }
  }
  return (
    <Dialog title={title} onClose={onClose}>
      {state !== 'done' && children}
      <p role="status" className={`mt-3 min-h-5 ${state === 'done' ? '' : 'text-bad'}`}>
        {message}
      </p>
      <div className="mt-3 flex justify-end gap-2">
        <button type="button" className="button" onClick={onClose}>
          {state === 'done' ? 'Close' : 'Cancel'}
        </button>
        {state !== 'done' && (
          <button
            type="button"
            className="button button-main"
            disabled={state === 'working' || !canConfirm}
            onClick={() => void confirm()}
          >
            {action}
          </button>
        )}
      </div>
    </Dialog>
  )
}
