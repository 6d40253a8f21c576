import { catchRejection } from './unknown-value.ts'

/** Facts that go with a log message. */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * Where the router logs: constant messages, with facts in fields. `console` fits as it is; a logger that
 * takes fields first (pino) needs four one-line wrappers.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

const nothing = (): void => undefined

/** Logs nothing: the default. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
}

/** A logger that never throws, whatever the wrapped one does. */
export function createSafeLogger(logger: Logger): Logger {
  const safely =
    (level: keyof Logger) =>
    (message: string, fields?: LogFields): void => {
      try {
        catchRejection(logger[level](message, fields), nothing)
      } catch {
        // A logger that fails cannot report it.
      }
    }
  return {
    debug: safely('debug'),
    info: safely('info'),
    warn: safely('warn'),
    error: safely('error'),
  }
}
