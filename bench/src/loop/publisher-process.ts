import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { endProcess } from '@winrate/demo/fleet/end-process'
import {
  type PublisherJob,
  type PublisherReply,
  publisherReplySchema,
} from './publisher-protocol.ts'

export interface PublisherProcess {
  /** Resolves when its routers have a snapshot or route by defaults. */
  readonly ready: Promise<unknown>
  /** Resolves when every recorded outcome is in the queue or dropped; rejects if the process dies first. */
  readonly done: Promise<Extract<PublisherReply, { kind: 'done' }>>
  start(): void
  stop(): Promise<void>
}

const STOP_TIMEOUT_MS = 5_000

/** Starts a process of agents; calls `onApplied` for each router that starts to use a snapshot. */
export function startPublisher(
  job: PublisherJob,
  onApplied: (version: number, atMs: number) => void,
): PublisherProcess {
  const child = fork(fileURLToPath(new URL('./publisher.js', import.meta.url)), [], {
    serialization: 'advanced',
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ready = new Promise<void>((resolve, reject) => {
    child.on('message', (message) => {
      const reply = publisherReplySchema.parse(message)
      if (reply.kind === 'ready') resolve()
      else if (reply.kind === 'applied') onApplied(reply.version, reply.atMs)
    })
    child.once('exit', (code) => reject(new Error(`a publisher exited with ${code}`)))
  })
  const done = new Promise<Extract<PublisherReply, { kind: 'done' }>>((resolve, reject) => {
    child.on('message', (message) => {
      const reply = publisherReplySchema.parse(message)
      if (reply.kind === 'done') resolve(reply)
    })
    child.once('exit', (code) => reject(new Error(`a publisher exited with ${code}`)))
  })
  for (const promise of [ready, done]) promise.catch(() => {})
  child.send(job)
  return {
    ready,
    done,
    start: () => void child.send({ kind: 'start' }),
    stop: () => endProcess(child, { signal: 'SIGTERM', timeoutMs: STOP_TIMEOUT_MS }),
  }
}
