import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { RunError } from '../errors.ts'
import {
  type InstanceJob,
  type InstanceReply,
  instanceReplySchema,
  type ReplayResult,
  type ReplayStart,
} from '../instance/instance-protocol.ts'
import { endProcess } from './end-process.ts'

export interface InstanceProcess {
  /** Resolves when the instance's router is ready. */
  readonly ready: Promise<unknown>
  /** Resolves when the instance's outcomes are in the queue; rejects with RunError if the instance dies. */
  readonly result: Promise<ReplayResult>
  /** Decisions made so far. */
  readonly decisions: number
  start(message: ReplayStart): void
  stop(): Promise<void>
}

const STOP_TIMEOUT_MS = 5_000

/** Starts one router-client in a separate process. */
export function startInstanceProcess(job: InstanceJob): InstanceProcess {
  const child = fork(fileURLToPath(new URL('../instance/main.js', import.meta.url)), [], {
    // In its own process group, so that Ctrl-C reaches only the demo, which then ends the instances.
    detached: true,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const name = `instance ${job.instance}`
  let decisions = 0
  child.on('message', (message) => {
    const reply = instanceReplySchema.parse(message)
    if (reply.kind === 'progress') decisions = reply.decisions
    else if (reply.kind === 'done') decisions = reply.queries.length
  })
  const ready = replyOf(child, 'ready', name)
  const result = replyOf(child, 'done', name)
  // The caller awaits these later; until then their rejections must not count as unhandled.
  ready.catch(() => {})
  result.catch(() => {})
  // A message that cannot be sent means that the process is gone; both promises report that.
  child.send(job, () => {})
  return {
    ready,
    result,
    get decisions() {
      return decisions
    },
    start: (message) => void child.send(message, () => {}),
    stop: () => endProcess(child, { signal: 'SIGTERM', timeoutMs: STOP_TIMEOUT_MS }),
  }
}

function replyOf<Kind extends InstanceReply['kind']>(
  child: ChildProcess,
  kind: Kind,
  name: string,
): Promise<Extract<InstanceReply, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    child.on('message', (message) => {
      const reply = instanceReplySchema.parse(message)
      if (reply.kind === 'failed') reject(new RunError(`${name} failed: ${reply.message}`))
      else if (isOfKind(reply, kind)) resolve(reply)
    })
    child.once('error', (error) => reject(new RunError(`${name} failed: ${error.message}`)))
    child.once('exit', (code, signal) => {
      reject(new RunError(`${name} died (${signal ?? `exit code ${code}`})`))
    })
  })
}

function isOfKind<Kind extends InstanceReply['kind']>(
  reply: InstanceReply,
  kind: Kind,
): reply is Extract<InstanceReply, { kind: Kind }> {
  return reply.kind === kind
}
