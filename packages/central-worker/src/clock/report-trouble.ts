import type { Logger } from 'pino'

/** How often a cause that lasts is logged again. */
const REMINDER_MS = 600_000

/**
 * Logs why the schedule does not work: once when it begins, again when the cause changes, and every ten minutes
 * while it lasts; then once when it works again.
 */
export function createTroubleReport({
  logger,
  backend,
  nowMs = () => performance.now(),
}: {
  readonly logger: Pick<Logger, 'warn' | 'info'>
  readonly backend: string
  /** A monotonic clock. */
  readonly nowMs?: () => number
}) {
  let known: { readonly cause: string; readonly loggedAtMs: number } | undefined
  return {
    /** The cause while there is one. */
    cause: (): string | undefined => known?.cause,
    begin(cause: string): void {
      const isNew = known === undefined || essence(known.cause) !== essence(cause)
      const isDue = known !== undefined && nowMs() - known.loggedAtMs >= REMINDER_MS
      if (isNew || isDue) logger.warn({ cause, backend }, 'ticks-delayed')
      known = { cause, loggedAtMs: isNew || isDue ? nowMs() : (known?.loggedAtMs ?? 0) }
    },
    end(): void {
      if (known !== undefined) logger.info({ cause: known.cause, backend }, 'ticks-recovered')
      known = undefined
    },
  }
}

/** Numbers, such as a difference in seconds, and what was said in brackets may change with every attempt. */
function essence(cause: string): string {
  return cause.replace(/ \(.*\)$/s, '').replace(/\d+/g, '')
}
