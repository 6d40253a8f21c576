import { type DestinationStream, type Logger, pino } from 'pino'
import { printableLines } from '../runtime/printable-text.ts'

/**
 * JSON lines with constant messages and facts in fields, of bounded length; passwords are hidden. Names that clients
 * chose steer no terminal that shows the lines: JSON itself leaves some control characters as they are.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: ['token', '*.token', 'password', '*.password', 'authorization'], censor: '…' },
    serializers: {
      err: (error: Error) => {
        const serialized = pino.stdSerializers.err(error)
        return {
          type: serialized.type,
          message: safeText(serialized.message ?? '', MOST_MESSAGE_CHARACTERS),
          stack: safeText(serialized.stack ?? '', MOST_STACK_CHARACTERS),
          ...('code' in error ? { code: error.code } : {}),
        }
      },
    },
    hooks: { streamWrite: (line: string) => printableLines(boundedLine(line)) },
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}

/** What a database says of a value may repeat the value, which may have megabytes. */
const MOST_MESSAGE_CHARACTERS = 2_000
const MOST_STACK_CHARACTERS = 8_000
/** Collectors of logs cut or drop longer lines. */
const MOST_LINE_CHARACTERS = 16_000
/** In a line that would be longer. */
const MOST_TEXT_CHARACTERS = 500
const MOST_ELEMENTS = 20

/** Hides passwords in twice of what is shown: no half of a password is at the end, and megabytes take no time. */
function safeText(text: string, most: number): string {
  const hidden = hidePasswords(text.slice(0, 2 * most))
  return text.length <= 2 * most
    ? cut(hidden, most)
    : `${hidden.slice(0, most)}… ${text.length - most} more characters`
}

function boundedLine(line: string): string {
  if (line.length <= MOST_LINE_CHARACTERS) return line
  const fields: Record<string, unknown> = JSON.parse(line)
  const short = `${JSON.stringify(shortened(fields))}\n`
  if (short.length <= MOST_LINE_CHARACTERS) return short
  const { level, time, pid, msg } = fields
  return `${JSON.stringify({ level, time, pid, msg, leftOut: `${line.length} characters` })}\n`
}

function shortened(value: unknown): unknown {
  if (typeof value === 'string') return cut(value, MOST_TEXT_CHARACTERS)
  if (Array.isArray(value)) {
    const more = value.length - MOST_ELEMENTS
    return [
      ...value.slice(0, MOST_ELEMENTS).map(shortened),
      ...(more > 0 ? [`… ${more} more`] : []),
    ]
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, shortened(field)]))
}

function cut(text: string, most: number): string {
  return text.length <= most
    ? text
    : `${text.slice(0, most)}… ${text.length - most} more characters`
}

/** `postgres://user:password@host` → `postgres://user:…@host` */
export function hidePasswords(text: string): string {
  return text.replace(/(\b[a-z]+:\/\/[^\s:@/]*:)\S+@/gi, '$1…@')
}
