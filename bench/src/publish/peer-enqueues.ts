// Peers enqueue the same outcomes with their own APIs, in a process of the Node that they need.
import { z } from 'zod'
import { type PeerProcess, runPeer } from '../peers/run-peer.ts'
import { wireOutcome } from './example-outcomes.ts'

export const peerNames = ['pg-boss', 'graphile-worker', 'bullmq'] as const
export type PeerName = (typeof peerNames)[number]

export interface PeerAddresses {
  readonly connectionString: string
  readonly redisPort: number | undefined
}

const resultSchema = z.object({ seconds: z.number(), queued: z.number() })

/** Returns outcomes per second. */
export async function enqueueWithPeer(
  peer: PeerName,
  outcomes: number,
  addresses: PeerAddresses,
  peerProcess: PeerProcess,
): Promise<number> {
  const job = { peer, outcomes, ...addresses, example: wireOutcome(1) }
  const result = await runPeer('enqueue-outcomes.mjs', job, peerProcess)
  const { seconds, queued } = resultSchema.parse(result)
  if (queued !== outcomes) throw new Error(`${peer} queued ${queued} of ${outcomes} outcomes`)
  return outcomes / seconds
}
