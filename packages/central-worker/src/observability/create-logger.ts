import { type DestinationStream, type Logger, pino } from 'pino'

/** JSON lines with constant messages and facts in fields; passwords in URLs and errors are hidden. */
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
          message: hidePasswords(serialized.message ?? ''),
          stack: hidePasswords(serialized.stack ?? ''),
          ...('code' in error ? { code: error.code } : {}),
        }
      },
    },
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}

/** `postgres://user:password@host` → `postgres://user:…@host` */
export function hidePasswords(text: string): string {
  return text.replace(/(\b[a-z]+:\/\/[^\s:@/]*:)\S+@/gi, '$1…@')
}
