// Measures how fast each contender stores the same outcomes on one server, in interleaved repeats.
import { startRedisServer } from '@winrate/demo/fleet/redis-server'
import pg from 'pg'
import type { BenchPostgres } from '../measuring/bench-postgres.ts'
import { type Contender, interleave } from '../measuring/interleave.ts'
import type { Spread } from '../measuring/spread.ts'
import type { Peers } from '../peers/peer-packages.ts'
import { copyRows } from './copy-contender.ts'
import { emptyTables } from './empty-tables.ts'
import { ingestWithPeer, type PeerSetup } from './peer-contender.ts'
import { COPY_PARTS, makeFolder, stageBatches, stageFiles } from './staged-outcomes.ts'
import { ingestWithWinrate } from './winrate-contender.ts'

export interface IngestOptions {
  readonly outcomes: number
  readonly repeats: number
  /** Undefined to leave them out. */
  readonly peers: Peers | undefined
}

/** Outcomes per second, by contender. */
export interface IngestRates {
  readonly winrate: Readonly<Record<string, Spread>>
  readonly copy: Readonly<Record<string, Spread>>
  readonly peers: Readonly<Record<string, Spread>>
}

/** The worker's default. */
export const DEFAULT_SETUP = 'sealed batches, 2 consumers'

const PEER_SETUPS: readonly PeerSetup[] = [
  { peer: 'pg-boss', workers: 1 },
  { peer: 'pg-boss', workers: 2 },
  { peer: 'graphile-worker', workers: 1 },
  { peer: 'graphile-worker', workers: 2 },
  { peer: 'graphile-worker-batches', workers: 1 },
  { peer: 'graphile-worker-batches', workers: 2 },
  { peer: 'bullmq', workers: 1 },
  { peer: 'bullmq', workers: 2 },
]

export async function runIngest(
  options: IngestOptions,
  postgres: BenchPostgres,
): Promise<IngestRates> {
  const { connectionString, onEnd } = postgres
  const client = new pg.Client({ connectionString })
  await client.connect()
  onEnd(() => client.end())
  const folder = await makeFolder(onEnd)
  // Peers need longer per outcome, so a quarter of the outcomes makes a repeat take as long.
  const peerFiles = await stageInto(client, folder, Math.ceil(options.outcomes / 4))
  const peers = await peerContenders(client, options, peerFiles, postgres)
  const files = await stageInto(client, folder, options.outcomes)
  const { outcomes } = files
  const winrate = (consumers: number, messages: 'sealed' | 'single') => async () => {
    await emptyTables(client)
    return ingestWithWinrate({
      ...{ connectionString, client, outcomes, consumers, messages, onEnd },
    })
  }
  const copy = (connections: number) => async () => {
    await emptyTables(client)
    const used = connections === 1 ? [files.wholeFile] : files.rowsFiles
    return copyRows(connectionString, used, outcomes)
  }
  const contenders: Record<string, Contender> = {
    'winrate/sealed batches, 1 consumer': winrate(1, 'sealed'),
    [`winrate/${DEFAULT_SETUP}`]: winrate(2, 'sealed'),
    'winrate/single messages, 2 consumers': winrate(2, 'single'),
    'copy/1 connection': copy(1),
    [`copy/${COPY_PARTS} connections`]: copy(COPY_PARTS),
    ...peers,
  }
  const rates = await interleave(contenders, options.repeats, (name, rate) => {
    process.stderr.write(`${name}: ${Math.round(rate)} outcomes/s\n`)
  })
  return {
    winrate: groupOf(rates, 'winrate/'),
    copy: groupOf(rates, 'copy/'),
    peers: groupOf(rates, 'peers/'),
  }
}

async function stageInto(client: pg.Client, folder: string, outcomes: number) {
  await stageBatches(client, outcomes)
  return stageFiles(client, folder, outcomes)
}

async function peerContenders(
  client: pg.Client,
  { peers }: IngestOptions,
  { outcomes, batchesFile }: { readonly outcomes: number; readonly batchesFile: string },
  { connectionString, onEnd }: BenchPostgres,
): Promise<Record<string, Contender>> {
  if (peers === undefined) return {}
  const redis = await startRedisServer({ durable: true })
  if (redis === undefined) {
    process.stderr.write('BullMQ is left out: no redis-server on the PATH\n')
  } else {
    onEnd(() => redis.stop())
  }
  const able = PEER_SETUPS.filter(({ peer }) => peer !== 'bullmq' || redis !== undefined)
  return Object.fromEntries(
    able.map((setup) => [
      `peers/${setup.peer}, ${setup.workers === 1 ? '1 worker' : `${setup.workers} workers`}`,
      async () => {
        await emptyTables(client)
        const { node } = peers
        return ingestWithPeer(client, {
          ...{ ...setup, node, connectionString, batchesFile, outcomes, onEnd },
          redisPort: redis?.port,
        })
      },
    ]),
  )
}

function groupOf(rates: Readonly<Record<string, Spread>>, prefix: string): Record<string, Spread> {
  return Object.fromEntries(
    Object.entries(rates).flatMap(([name, rate]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), rate]] : [],
    ),
  )
}
