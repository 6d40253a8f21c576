import { type ChildProcess, spawn } from 'node:child_process'
import { endProcess } from '@winrate/demo/fleet/end-process'
import { z } from 'zod'

/** A process that serves requests with `serveRequests`. */
export interface ServingProcess {
  readonly child: ChildProcess
  /** Sends a request and parses its reply. Rejects if the process ends first. */
  request<T>(name: string, input: unknown, reply: z.ZodType<T>): Promise<T>
  end(): Promise<void>
}

const STOP_TIMEOUT_MS = 10_000

const replySchema = z.object({ id: z.int(), reply: z.unknown() })

/** Starts Node with the highest limit of open files that the system allows. */
export function startServingProcess(
  args: readonly string[],
  { env = process.env, quiet = false }: { env?: NodeJS.ProcessEnv; quiet?: boolean } = {},
): ServingProcess {
  const raised = 'ulimit -n "$(ulimit -Hn)"; exec "$@"'
  const child = spawn('sh', ['-c', raised, 'sh', process.execPath, ...args], {
    detached: true,
    serialization: 'advanced',
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', 'inherit', 'ipc'],
    env,
  })
  let sent = 0
  const waiting = new Map<number, (reply: unknown) => void>()
  child.on('message', (message) => {
    const { id, reply } = replySchema.parse(message)
    waiting.get(id)?.(reply)
  })
  return {
    child,
    request(name, input, schema) {
      sent += 1
      const id = sent
      return new Promise((resolve, reject) => {
        const gone = () => reject(new Error(`the process ended before it replied to ${name}`))
        child.once('exit', gone)
        waiting.set(id, (reply) => {
          child.off('exit', gone)
          waiting.delete(id)
          resolve(schema.parse(reply))
        })
        child.send({ id, name, input })
      })
    },
    end: () => endProcess(child, { signal: 'SIGTERM', timeoutMs: STOP_TIMEOUT_MS }),
  }
}

/** The path of a script beside the module with this URL. */
export function scriptBeside(moduleUrl: string, name: string): string {
  return new URL(`./${name}.js`, moduleUrl).pathname
}
