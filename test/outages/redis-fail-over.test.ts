// Ticks go on when another Redis takes over: behind Sentinels, and in a Redis Cluster.
import { findFreePort } from '@winrate/demo/fleet/free-port'
import { type RedisServer, startRedisServer } from '@winrate/demo/fleet/redis-server'
import { expect, inject, onTestFinished, test } from 'vitest'
import { checkRedis } from '../../packages/central-worker/src/observability/examine.ts'
import { startSentinel } from '../support/redis-sentinel.ts'
import { command, startClock } from '../support/tick-clock.ts'
import { waitUntil } from '../support/wait-until.ts'

const isSkipped = inject('redisUrl') === null

async function startRedis(...args: string[]): Promise<RedisServer> {
  const server = await startRedisServer({ args })
  if (server === undefined) throw new Error(`redis-server did not start with ${args.join(' ')}`)
  onTestFinished(() => server.stop())
  return server
}

/** Waits until a command's answer has this line. */
function answers(url: string, words: [string, ...string[]], line: string) {
  return waitUntil(async () => String(await command(url, ...words)).includes(line), {
    describe: line,
  })
}

test.skipIf(isSkipped)(
  'the schedule goes on at the Redis that Sentinels make the primary',
  async () => {
    const primary = await startRedis()
    const other = await startRedis('--replicaof', `127.0.0.1 ${primary.port}`)
    await answers(other.url, ['info', 'replication'], 'master_link_status:up')
    const sentinel = await startSentinel(primary.port)
    onTestFinished(sentinel.stop)
    const sentinelUrl = `redis://127.0.0.1:${sentinel.port}`
    await answers(sentinelUrl, ['sentinel', 'master', 'mine'], 'num-slaves,1')
    // The first one does not answer.
    const hosts = `127.0.0.1:${await findFreePort()},127.0.0.1:${sentinel.port}`
    const url = `redis-sentinel://${hosts}/1?sentinelMasterId=mine`
    const { ticked, logged } = await startClock(url)
    await ticked(2)
    expect(logged('ticks-delayed')).toEqual([])
    expect(await checkRedis(sentinelUrl)).toMatchObject({
      ok: false,
      detail: expect.stringContaining('write redis-sentinel://'),
    })

    process.kill(primary.pid, 'SIGKILL')
    await answers(other.url, ['role'], 'master')
    await ticked(3)
    expect(await checkRedis(url)).toMatchObject({ ok: true })
    await waitUntil(() => logged('ticks-recovered').length > 0, { describe: 'ticks-recovered' })
  },
)

test.skipIf(isSkipped)(
  'the schedule goes on at the replica that takes over in a Redis Cluster, where REDIS_URL names both',
  async () => {
    const primary = await startRedis('--cluster-enabled', 'yes')
    const other = await startRedis('--cluster-enabled', 'yes')
    await command(primary.url, 'cluster', 'addslotsrange', '0', '16383')
    await command(primary.url, 'cluster', 'meet', '127.0.0.1', String(other.port))
    await answers(other.url, ['cluster', 'info'], 'cluster_state:ok')
    const id = String(await command(primary.url, 'cluster', 'myid'))
    await command(other.url, 'cluster', 'replicate', id)
    await answers(other.url, ['info', 'replication'], 'master_link_status:up')
    const { ticked } = await startClock(`redis://127.0.0.1:${primary.port},127.0.0.1:${other.port}`)
    await ticked(2)

    process.kill(primary.pid, 'SIGKILL')
    // As a majority of primaries would, of which there are more in a larger cluster.
    await command(other.url, 'cluster', 'failover', 'takeover')
    await ticked(3)
  },
)
