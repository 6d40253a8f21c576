// Measures several ways to publish the same outcomes, in interleaved repeats.
import { startRedisServer } from '@winrate/demo/fleet/redis-server'
import pg from 'pg'
import type { BenchPostgres } from '../measuring/bench-postgres.ts'
import { type Contender, interleave } from '../measuring/interleave.ts'
import { scriptBeside, startServingProcess } from '../measuring/serving-process.ts'
import { type Spread, spreadOf } from '../measuring/spread.ts'
import type { Peers } from '../peers/peer-packages.ts'
import { enqueueWithPeer, type PeerName, peerNames } from './peer-enqueues.ts'
import { sendInBatches, sendOneByOne } from './plain-sends.ts'
import {
  type PublisherJob,
  type PublisherReply,
  publisherReplySchema,
} from './publisher-protocol.ts'

export interface PublishOptions {
  readonly outcomes: number
  readonly repeats: number
  /** Undefined to leave them out. */
  readonly peers: Peers | undefined
}

export interface PublishResult {
  /** Outcomes per second, by contender. */
  readonly rates: Readonly<Record<string, Spread>>
  /** The figures of the runs that described calls. */
  readonly client: Readonly<Record<ClientFigure, Spread>>
}

const clientFigures = [
  'recordP50Ns',
  'recordP99Ns',
  'recordP999Ns',
  'timerNs',
  'longestStallMs',
  'stallP99Ms',
  'longestTurnCpuMs',
  'turnCpuP99Ms',
  'longestWaitMs',
  'heapGrowthMiB',
  'rssGrowthMiB',
] as const satisfies readonly (keyof PublisherReply)[]
export type ClientFigure = (typeof clientFigures)[number]

/** Slow contenders get fewer outcomes, so that a repeat takes seconds. */
const SINGLE_SHARE = 0.02
const PEER_SHARE = 0.2

export async function runPublish(
  { outcomes, repeats, peers }: PublishOptions,
  postgres: BenchPostgres,
): Promise<PublishResult> {
  const { connectionString, onEnd } = postgres
  const client = new pg.Client({ connectionString })
  await client.connect()
  onEnd(() => client.end())
  const replies: PublisherReply[] = []

  async function throughRouter(recorded: PublisherJob['recorded']): Promise<number> {
    const publisher = startServingProcess([scriptBeside(import.meta.url, 'publisher')])
    onEnd(() => publisher.end())
    const job: PublisherJob = { connectionString, outcomes, recorded }
    const reply = await publisher.request('measure', job, publisherReplySchema)
    await publisher.end()
    await checkQueue(client, reply, outcomes)
    if (recorded === 'descriptions') replies.push(reply)
    return reply.sent / reply.seconds
  }

  const contenders: Record<string, Contender> = {
    winrate: () => throughRouter('descriptions'),
    'winrate, a fresh decision each': () => throughRouter('decisions'),
    'pgmq.send': () => sendOneByOne(connectionString, Math.ceil(outcomes * SINGLE_SHARE)),
    'pgmq.send_batch of 100': () => sendInBatches(connectionString, outcomes, 100),
    'pgmq.send_batch of 1000': () => sendInBatches(connectionString, outcomes, 1_000),
    ...(await peerContenders(Math.ceil(outcomes * PEER_SHARE), peers, postgres)),
  }
  const onEmptyQueue = Object.fromEntries(
    Object.entries(contenders).map(([name, contender]) => [
      name,
      async () => {
        await client.query('truncate pgmq.q_task_preferences')
        await client.query('checkpoint')
        return await contender()
      },
    ]),
  )
  const rates = await interleave(onEmptyQueue, repeats, (name, rate) => {
    process.stderr.write(`${name}: ${Math.round(rate)} outcomes/s\n`)
  })
  const figures = clientFigures.map((name) => [name, spreadOf(replies.map((reply) => reply[name]))])
  return { rates, client: Object.fromEntries(figures) }
}

async function peerContenders(
  outcomes: number,
  peers: Peers | undefined,
  { connectionString, onEnd }: BenchPostgres,
): Promise<Record<string, Contender>> {
  if (peers === undefined) return {}
  const redis = await startRedisServer({ durable: true })
  if (redis !== undefined) onEnd(redis.stop)
  else process.stderr.write('BullMQ is left out: no redis-server on the PATH\n')
  const addresses = { connectionString, redisPort: redis?.port }
  const able = peerNames.filter((name) => name !== 'bullmq' || redis !== undefined)
  return Object.fromEntries(
    able.map((name: PeerName) => [
      name,
      () => enqueueWithPeer(name, outcomes, addresses, { node: peers.node, onEnd }),
    ]),
  )
}

/** Checks that every outcome was sent and that the queue holds exactly these. */
async function checkQueue(
  client: pg.Client,
  { sent, sentBefore, dropped }: PublisherReply,
  outcomes: number,
): Promise<void> {
  const { rows } = await client.query<{ queued: number }>(
    `select coalesce(sum(jsonb_array_length(message -> 'outcomes')), 0)::int as queued
    from pgmq.q_task_preferences`,
  )
  const queued = rows[0]?.queued ?? 0
  if (dropped > 0 || sent !== outcomes || queued !== sent + sentBefore) {
    throw new Error(
      `${outcomes} recorded, ${dropped} dropped, ${sent} sent, ${queued} in the queue`,
    )
  }
}
