import { type ChildProcess, spawn } from 'node:child_process'
import { endProcess } from '@winrate/demo/fleet/end-process'
import { parseAnswer } from './questions.ts'

/** A process that answers questions. */
export interface AskedProcess {
  readonly child: ChildProcess
  ask(name: string, question?: { texts?: string[]; numbers?: number[] }): Promise<number[]>
  end(): Promise<void>
}

const PATIENCE_MS = 120_000

/** Starts Node with as many open files as the system lets it have. */
export function startAskedProcess(
  args: readonly string[],
  { env = process.env, quiet = false }: { env?: NodeJS.ProcessEnv; quiet?: boolean } = {},
): AskedProcess {
  const raised = 'ulimit -n "$(ulimit -Hn)"; exec "$@"'
  const child = spawn('sh', ['-c', raised, 'sh', process.execPath, ...args], {
    detached: true,
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', 'inherit', 'ipc'],
    env,
  })
  let asked = 0
  const waiting = new Map<number, (numbers: number[]) => void>()
  child.on('message', (message) => {
    const answer = parseAnswer(message)
    if (answer !== undefined) waiting.get(answer.id)?.(answer.numbers)
  })
  return {
    child,
    ask(name, { texts = [], numbers = [] } = {}) {
      asked += 1
      const id = asked
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`no answer to ${name}`)), PATIENCE_MS)
        const gone = () => reject(new Error(`the process ended before it answered ${name}`))
        child.once('exit', gone)
        waiting.set(id, (answer) => {
          clearTimeout(late)
          child.off('exit', gone)
          waiting.delete(id)
          resolve(answer)
        })
        child.send({ id, ask: name, texts, numbers })
      })
    },
    end: () => endProcess(child, { signal: 'SIGTERM', timeoutMs: 10_000 }),
  }
}
