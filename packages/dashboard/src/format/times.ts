import { formatSeconds } from './numbers.ts'

/** `4 min ago`; the exact time belongs in a title. */
export function formatAgo(moment: string | number, nowMs: number): string {
  const seconds = Math.max(0, (nowMs - new Date(moment).getTime()) / 1_000)
  return seconds < 1
    ? 'now'
    : `${formatSeconds(Math.floor(seconds) < 10 ? Math.floor(seconds) : seconds).replace('.0 s', ' s')} ago`
}

/** In the reader's time zone. */
export function formatMoment(moment: string | number): string {
  return new Date(moment).toLocaleString(undefined, {
    dateStyle: 'medium',
    timeStyle: 'medium',
    hourCycle: 'h23',
  })
}

/** What a mark on an axis of this many seconds says. */
export function formatTick(moment: number, spanSeconds: number): string {
  const date = new Date(moment)
  if (spanSeconds <= 2 * 86_400) {
    return date.toLocaleTimeString(undefined, {
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
  }
  return date.toLocaleDateString(undefined, { month: 'short', day: 'numeric' })
}
