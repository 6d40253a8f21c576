// Peers store the same outcomes with their own queue and workers, in a process of the Node that they need.
import type pg from 'pg'
import { z } from 'zod'
import { type PeerProcess, runPeer } from '../peers/run-peer.ts'

export interface PeerSetup {
  /** A file of bench/peers/consume. */
  readonly peer: 'pg-boss' | 'graphile-worker' | 'graphile-worker-batches' | 'bullmq'
  readonly workers: number
}

export interface PeerRun extends PeerSetup, PeerProcess {
  readonly connectionString: string
  readonly redisPort: number | undefined
  readonly batchesFile: string
  readonly outcomes: number
}

const resultSchema = z.object({ seconds: z.number() })

/** Outcomes per second. */
export async function ingestWithPeer(
  client: pg.Client,
  { node, onEnd, ...job }: PeerRun,
): Promise<number> {
  await client.query(`
    drop table if exists bench.outcomes;
    create table bench.outcomes (like winrate.task_preferences including defaults including indexes);
    alter table bench.outcomes alter counted set default true`)
  const result = await runPeer('consume/main.mjs', job, { node, onEnd })
  const { rows } = await client.query<{ stored: number }>(
    'select count(*)::int as stored from bench.outcomes',
  )
  if (rows[0]?.stored !== job.outcomes) {
    throw new Error(`${job.peer} stored ${rows[0]?.stored} of ${job.outcomes} outcomes`)
  }
  return job.outcomes / resultSchema.parse(result).seconds
}
