import { catchRejection, toPrintable } from './unknown-value.ts'

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

const MAX_LINE_CHARS = 1_000

const nothing = (): void => undefined

/** Logs nothing. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
}

/**
 * The default: what people should know, a line each, to the standard error. `console` ignores a standard error that
 * is closed or full.
 */
export const standardErrorLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: (message, fields) => console.error(describeLine(message, fields)),
  error: (message, fields) => console.error(describeLine(message, fields)),
}

/** `winrate: outcomes dropped: the buffer is full (reason overflow, count 3)` */
function describeLine(message: string, fields: LogFields = {}): string {
  const { problem, cause, ...others } = fields
  const facts = Object.entries(others)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${spaced(name)} ${String(value)}`)
    .join(', ')
  const what = problem ?? cause
  const line = `winrate: ${message.replaceAll('-', ' ')}${what === undefined ? '' : `: ${String(what)}`}`
  return toPrintable(facts === '' ? line : `${line} (${facts})`, MAX_LINE_CHARS)
}

/** `ageMs` becomes `age ms`. */
function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`)
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
