import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { endProcess } from '@winrate/demo/fleet/end-process'
import type { AgentCommand, AgentJob, AgentReport } from './agent-protocol.ts'
import type { Producer } from './producer.ts'

export interface AgentProcess extends Producer {
  readonly job: AgentJob
  /** Of its present life. */
  report(): AgentReport
  /** Tells the agent to send what it holds; its reports then say when all of it is in the queue. */
  flush(): void
  /** Closes the router and waits until the process has ended by itself. */
  close(): Promise<void>
  /** Kills the process and starts another for what is left to record. */
  kill(downMs: number): Promise<void>
  /** Ends the process if it still runs. */
  end(): Promise<void>
}

const script = fileURLToPath(new URL('agent.js', import.meta.url))
const LOOK_MS = 50
const CLOSE_TIMEOUT_MS = 60_000
const nothing: AgentReport = {
  ...{ recorded: 0, buffered: 0, dropped: {}, stepsBack: 0, flushed: false },
  ...{ epoch: undefined, version: undefined },
}

export function startAgentProcess(
  job: AgentJob,
  onDifference: (text: string) => void,
): AgentProcess {
  let recordedBefore = 0
  let life = startLife(job)
  let restarting: Promise<void> | undefined

  function startLife(given: AgentJob) {
    const child = spawn(
      process.execPath,
      ['--unhandled-rejections=strict', script, JSON.stringify(given)],
      {
        // In its own process group, so that Ctrl-C reaches only the run.
        detached: true,
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    )
    const started = { child, report: nothing, stderr: '', isExpectedToEnd: false }
    createInterface({ input: child.stdout }).on('line', (line) => {
      started.report = JSON.parse(line)
    })
    child.stderr.on('data', (text) => {
      started.stderr += String(text)
    })
    // A command to a process that has just died.
    child.stdin.on('error', () => {})
    child.once('exit', (code, signal) => {
      if (started.isExpectedToEnd && (signal !== null || code === 0) && started.stderr === '')
        return
      onDifference(`${job.instanceId} ended (${signal ?? `exit code ${code}`}): ${started.stderr}`)
    })
    return started
  }

  const recorded = () => recordedBefore + life.report.recorded
  const command = (name: AgentCommand) => void life.child.stdin.write(`${name}\n`)

  /** Resolves also if the process dies for no reason, which is a difference. */
  async function recordedAll(): Promise<void> {
    while (recorded() < job.outcomes) {
      if (hasEnded(life.child) && restarting === undefined) return
      await sleep(LOOK_MS)
    }
  }

  return {
    name: job.instanceId,
    job,
    recorded,
    report: () => life.report,
    done: recordedAll(),
    flush: () => command('flush'),
    async close() {
      life.isExpectedToEnd = true
      command('close')
      await endedWithin(life.child, CLOSE_TIMEOUT_MS)
      if (!hasEnded(life.child)) onDifference(`${job.instanceId} does not end after close()`)
    },
    kill(downMs) {
      restarting = (async () => {
        life.isExpectedToEnd = true
        await endProcess(life.child, { signal: 'SIGKILL', timeoutMs: CLOSE_TIMEOUT_MS })
        recordedBefore = recorded()
        life.report = nothing
        const outcomes = job.outcomes - recordedBefore
        await sleep(downMs)
        life = startLife({ ...job, outcomes, seed: job.seed + recordedBefore })
        restarting = undefined
      })()
      return restarting
    },
    async end() {
      life.isExpectedToEnd = true
      await endProcess(life.child, { signal: 'SIGKILL', timeoutMs: CLOSE_TIMEOUT_MS })
    },
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

async function endedWithin(child: ChildProcess, timeoutMs: number): Promise<void> {
  if (hasEnded(child)) return
  await Promise.race([once(child, 'close'), sleep(timeoutMs, undefined, { ref: false })])
}
