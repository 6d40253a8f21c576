import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { endProcess } from '@winrate/demo/fleet/end-process'
import {
  type PublisherJob,
  type PublisherReply,
  publisherReplySchema,
} from './publisher-protocol.ts'

const STOP_TIMEOUT_MS = 5_000

/** Runs one publisher in a separate process, and ends the process. */
export async function runPublisher(
  job: PublisherJob,
  onEnd: (step: () => Promise<void>) => void,
): Promise<PublisherReply> {
  const child = fork(fileURLToPath(new URL('./publisher.js', import.meta.url)), [], {
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const stop = () => endProcess(child, { signal: 'SIGTERM', timeoutMs: STOP_TIMEOUT_MS })
  onEnd(stop)
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`the publisher exited with ${code}`)
  })
  child.send(job)
  try {
    const [message] = await Promise.race([once(child, 'message'), died])
    return publisherReplySchema.parse(message)
  } finally {
    died.catch(() => {})
    await stop()
  }
}
