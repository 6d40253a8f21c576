// The log for people: one line for each message, with its fields after it, broken between fields where the terminal
// ends. Reads the JSON lines that the logger writes, so both forms say the same and hide the same.
import { styleText } from 'node:util'
import type { DestinationStream } from 'pino'
import { printable } from '../runtime/printable-text.ts'

/** What `process.stdout` is to the log. */
export interface LogOutput {
  write(text: string): unknown
  /** Absent where it is no terminal. */
  readonly columns?: number | undefined
  /** Absent where it is no terminal; says no where NO_COLOR or TERM asks for none. */
  hasColors?(): boolean
}

type Format = Parameters<typeof styleText>[0]
type Style = (format: Format, text: string) => string

const formats: Readonly<Record<string, Format>> = {
  fatal: 'red',
  error: 'red',
  warn: 'yellow',
  info: 'green',
}
/** Of time and level, below which fields go on. */
const INDENT = 16

export function createLogText(output: LogOutput): DestinationStream {
  const style: Style = (format, text) =>
    output.hasColors?.() === true ? styleText(format, text, { validateStream: false }) : text
  return {
    write(line) {
      output.write(renderLine(JSON.parse(line), output.columns, style))
    },
  }
}

function renderLine(
  { time, level, pid: _, msg, err, ...fields }: Readonly<Record<string, unknown>>,
  columns: number | undefined,
  style: Style,
): string {
  const name = String(level)
  const clock = new Date(String(time)).toTimeString().slice(0, 8)
  const parts = [printable(String(msg)), ...Object.entries(fields).map(renderField)]
  const { message, stack, ...more } = Object(err)
  parts.push(...Object.entries(more).map(renderField))
  const [first = '', ...rest] = breakLines(parts, columns)
  const formatted = style(formats[name] ?? 'dim', name.padEnd(5))
  return [
    `${style('dim', clock)}  ${formatted} ${first}`,
    ...[...rest, ...renderError(message, stack)].map((each) => `${' '.repeat(INDENT)}${each}`),
    '',
  ].join('\n')
}

function renderField([name, value]: [string, unknown]): string {
  const text = typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value)
  return printable(`${name}=${text}`)
}

/** The stack repeats the message, in the words of whatever threw it. */
function renderError(message: unknown, stack: unknown): string[] {
  const text = typeof stack === 'string' && stack !== '' ? stack : message
  return typeof text === 'string' ? text.split('\n').map(printable) : []
}

/** Puts as many parts on a line as fit; a part that is longer than a line has one of its own. */
function breakLines(parts: readonly string[], columns = 0): string[] {
  // Some terminals say that they have no columns at all.
  const width = columns > INDENT ? columns - INDENT : Number.POSITIVE_INFINITY
  const lines: string[] = []
  for (const part of parts) {
    const line = lines.at(-1)
    const longer = `${line} ${part}`
    if (line === undefined || longer.length > width) lines.push(part)
    else lines[lines.length - 1] = longer
  }
  return lines
}
