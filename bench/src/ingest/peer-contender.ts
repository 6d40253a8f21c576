// The peers store the same outcomes with their own queue and workers, in a process of the Node they need.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { endProcess } from '@winrate/demo/fleet/end-process'
import type pg from 'pg'
import { z } from 'zod'
import { peersFolder } from '../peers/peer-packages.ts'

export interface PeerSetup {
  /** A file of bench/peers/consume. */
  readonly peer: 'pg-boss' | 'graphile-worker' | 'graphile-worker-batches' | 'bullmq'
  readonly workers: number
}

export interface PeerRun extends PeerSetup {
  readonly node: string
  readonly connectionString: string
  readonly redisPort: number | undefined
  readonly batchesFile: string
  readonly outcomes: number
  readonly onEnd: (step: () => Promise<void>) => void
}

const resultSchema = z.object({ seconds: z.number() })
const STOP_TIMEOUT_MS = 5_000

/** Outcomes a second. */
export async function ingestWithPeer(
  client: pg.Client,
  { node, onEnd, ...job }: PeerRun,
): Promise<number> {
  await client.query(`
    drop table if exists bench.outcomes;
    create table bench.outcomes (like winrate.task_preferences including defaults including indexes);
    alter table bench.outcomes alter counted set default true`)
  const child = spawn(node, [join(peersFolder, 'consume/main.mjs'), JSON.stringify(job)], {
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
      else reject(new Error(`${job.peer} ended with ${code}`))
    })
  })
  const { rows } = await client.query<{ stored: number }>(
    'select count(*)::int as stored from bench.outcomes',
  )
  if (rows[0]?.stored !== job.outcomes) {
    throw new Error(`${job.peer} stored ${rows[0]?.stored} of ${job.outcomes} outcomes`)
  }
  const { seconds } = resultSchema.parse(JSON.parse(output.trim().split('\n').at(-1) ?? ''))
  return job.outcomes / seconds
}
