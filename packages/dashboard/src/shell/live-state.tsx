import { useEffect, useState } from 'react'
import { REFRESH_MS, setPaused, usePaused } from '../api/live.ts'
import { useStatus } from '../api/queries.ts'
import { formatAgo, formatMoment } from '../format/times.ts'

/** Without an answer for so long, what is shown is called old. */
const STALE_MS = 4 * REFRESH_MS

/** The time, every second. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  return now
}

/** Whether the page follows what happens, and the switch for it. */
export function LiveState() {
  const paused = usePaused()
  const { isError } = useStatus()
  const [text, color] = paused
    ? ['Paused', 'bg-faint']
    : isError
      ? ['No answer', 'bg-bad']
      : ['Live', 'bg-good']
  return (
    <button
      type="button"
      className="button flex items-center gap-2 text-xs md:w-full"
      aria-pressed={paused}
      title={paused ? 'Go on (.)' : 'Pause (.)'}
      onClick={() => setPaused(!paused)}
    >
      <span className={`size-1.5 rounded-full ${color}`} aria-hidden="true" />
      <span className="grow text-left">{text}</span>
      <span className="font-normal text-muted">{paused ? 'Go on' : 'Pause'}</span>
    </button>
  )
}

/** Says that what is shown is old, while it stays readable. */
export function StaleBanner() {
  const { data, dataUpdatedAt, error } = useStatus()
  const paused = usePaused()
  const now = useNow()
  if (paused || data === undefined || error === null || now - dataUpdatedAt < STALE_MS) return null
  return (
    <p role="status" className="mb-5 rounded-md bg-warn-soft px-4 py-2 text-warn">
      No answer since {formatMoment(dataUpdatedAt)} ({formatAgo(dataUpdatedAt, now)}). What you see
      is from then. {error.message}
    </p>
  )
}
