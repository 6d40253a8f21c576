import { type ChildProcess, spawn } from 'node:child_process'
import { endProcess } from '@winrate/demo/fleet/end-process'
import { parseReply } from './process-requests.ts'

/** A process that serves requests. */
export interface ServingProcess {
  readonly child: ChildProcess
  request(name: string, input?: { texts?: string[]; numbers?: number[] }): Promise<number[]>
  end(): Promise<void>
}

const REPLY_TIMEOUT_MS = 120_000

/** Starts Node with the highest limit of open files that the system allows. */
export function startServingProcess(
  args: readonly string[],
  { env = process.env, quiet = false }: { env?: NodeJS.ProcessEnv; quiet?: boolean } = {},
): ServingProcess {
  const raised = 'ulimit -n "$(ulimit -Hn)"; exec "$@"'
  const child = spawn('sh', ['-c', raised, 'sh', process.execPath, ...args], {
    detached: true,
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', 'inherit', 'ipc'],
    env,
  })
  let sent = 0
  const waiting = new Map<number, (numbers: number[]) => void>()
  child.on('message', (message) => {
    const reply = parseReply(message)
    if (reply !== undefined) waiting.get(reply.id)?.(reply.numbers)
  })
  return {
    child,
    request(name, { texts = [], numbers = [] } = {}) {
      sent += 1
      const id = sent
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no reply to ${name}`)), REPLY_TIMEOUT_MS)
        const gone = () => reject(new Error(`the process ended before it replied to ${name}`))
        child.once('exit', gone)
        waiting.set(id, (reply) => {
          clearTimeout(timer)
          child.off('exit', gone)
          waiting.delete(id)
          resolve(reply)
        })
        child.send({ id, name, texts, numbers })
      })
    },
    end: () => endProcess(child, { signal: 'SIGTERM', timeoutMs: 10_000 }),
  }
}
