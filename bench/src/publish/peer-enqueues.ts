// The peers' ways to put the same outcomes into their queues, in a process of the Node that they need.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { endProcess } from '@winrate/demo/fleet/end-process'
import { z } from 'zod'
import { type Peers, peersFolder } from '../peers/peer-packages.ts'
import { wireOutcome } from './example-outcomes.ts'

export const peerNames = ['pg-boss', 'graphile-worker', 'bullmq'] as const
export type PeerName = (typeof peerNames)[number]

export interface PeerAddresses {
  readonly connectionString: string
  readonly redisPort: number | undefined
}

const resultSchema = z.object({ seconds: z.number(), queued: z.number() })
const STOP_TIMEOUT_MS = 5_000

/** Answers outcomes a second. */
export async function enqueueWithPeer(
  peer: PeerName,
  outcomes: number,
  addresses: PeerAddresses,
  { node, onEnd }: Pick<Peers, 'node'> & { onEnd: (step: () => Promise<void>) => void },
): Promise<number> {
  const job = { peer, outcomes, ...addresses, example: wireOutcome(1) }
  const child = spawn(node, [join(peersFolder, 'enqueue-outcomes.mjs'), JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onEnd(() => endProcess(child, { signal: 'SIGTERM', timeoutMs: STOP_TIMEOUT_MS }))
  const output = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (part) => {
      text += part
    })
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(text)
      else reject(new Error(`${peer} ended with ${code}`))
    })
  })
  const { seconds, queued } = resultSchema.parse(JSON.parse(output.trim().split('\n').at(-1) ?? ''))
  if (queued !== outcomes) throw new Error(`${peer} queued ${queued} of ${outcomes} outcomes`)
  return outcomes / seconds
}
