// What keeps the clock from working on Redis: the cause is named once, by the log and by `npx winrate doctor`, nothing
// spins meanwhile, and the schedule works again by itself.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '@winrate/demo/fleet/free-port'
import { type RedisServer, startRedisServer } from '@winrate/demo/fleet/redis-server'
import { expect, inject, onTestFinished, test } from 'vitest'
import { checkRedis } from '../../packages/central-worker/src/observability/examine.ts'
import { command, startClock } from '../support/tick-clock.ts'
import { waitUntil } from '../support/wait-until.ts'

const hasRedis = inject('redisUrl') !== null

async function startRedis(...args: string[]): Promise<RedisServer> {
  const server = await startRedisServer({ args })
  if (server === undefined) throw new Error(`redis-server did not start with ${args.join(' ')}`)
  onTestFinished(() => server.stop())
  return server
}

/** The log at `warn` and the doctor say it. */
async function expectCause(redisUrl: string, cause: string): Promise<void> {
  const { troubled, logged } = await startClock(redisUrl)
  await troubled(cause)
  expect(logged('ticks-delayed')).toMatchObject([
    { level: 'warn', backend: 'redis', cause: expect.stringContaining(cause) },
  ])
  expect(await checkRedis(redisUrl)).toMatchObject({
    ok: false,
    detail: expect.stringContaining(cause),
  })
}

test('a refused connection', async () => {
  const port = await findFreePort()
  await expectCause(`redis://127.0.0.1:${port}`, `ECONNREFUSED 127.0.0.1:${port}`)
})

test.skipIf(!hasRedis)('a missing and a wrong password', async () => {
  const { port } = await startRedis('--requirepass', 'secret-word')
  await expectCause(`redis://127.0.0.1:${port}`, 'requires a password')
  await expectCause(`redis://:other-word@127.0.0.1:${port}`, 'WRONGPASS')
  const { ticked, logged } = await startClock(`redis://:secret-word@127.0.0.1:${port}`)
  await ticked(2)
  expect(logged('ticks-delayed')).toEqual([])
})

test.skipIf(!hasRedis)('a user without rights', async () => {
  const { port, url } = await startRedis()
  await command(url, 'acl', 'setuser', 'reader', 'on', '>word', '~*', '+@read', '+info')
  await command(url, 'acl', 'setuser', 'nobody', 'on', '>word', '~*', '+get')
  await expectCause(
    `redis://reader:word@127.0.0.1:${port}`,
    "NOPERM this user has no permissions to run the 'eval'",
  )
  await expectCause(
    `redis://nobody:word@127.0.0.1:${port}`,
    "NOPERM this user has no permissions to run the 'info'",
  )
})

test.skipIf(!hasRedis)('a database that does not exist', async () => {
  const { url } = await startRedis()
  await expectCause(`${url}/99`, 'DB index is out of range')
})

test.skipIf(!hasRedis)('a replica, which is read-only', async () => {
  const primary = await startRedis()
  const { url } = await startRedis('--replicaof', `127.0.0.1 ${primary.port}`)
  await expectCause(url, 'name the primary')
})

test.skipIf(!hasRedis)('a Redis that is too old', async () => {
  const { port } = await startRedis()
  const url = await startProxy(port, (reply) =>
    reply.replace(/redis_version:\d+(\.\S*)/, 'redis_version:4$1'),
  )
  await expectCause(url, 'is too old: upgrade to 5 or newer')
})

test.skipIf(!hasRedis)('a Redis that loads its data', async () => {
  const { port } = await startRedis()
  const url = await startProxy(port, (reply) => reply.replace(/\bloading:0/, 'loading:1'))
  await expectCause(url, 'is loading its data')
})

test('a server that is no Redis', async () => {
  const server = createServer((socket) => socket.on('error', () => {}).destroy())
  const port = await findFreePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  await expectCause(`redis://127.0.0.1:${port}`, 'is it a Redis')
})

test.skipIf(!hasRedis)(
  'TLS where there is none, none where there is, and a private CA',
  async ({ skip }) => {
    const folder = mkdtempSync(join(tmpdir(), 'winrate-tls-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2']
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
    try {
      execFileSync('openssl', [...request, '-keyout', key, '-out', certificate, ...subject], {
        stdio: 'ignore',
      })
    } catch {
      skip('no openssl on the PATH')
    }
    const tlsPort = String(await findFreePort())
    const { port } = await startRedis(
      ...['--tls-port', tlsPort, '--tls-cert-file', certificate, '--tls-key-file', key],
      ...['--tls-ca-cert-file', certificate, '--tls-auth-clients', 'no'],
    )
    await expectCause(`redis://127.0.0.1:${tlsPort}`, 'speaks TLS: write rediss://')
    await expectCause(`rediss://127.0.0.1:${port}`, 'does not speak TLS')
    await expectCause(`rediss://127.0.0.1:${tlsPort}`, 'DEPTH_ZERO_SELF_SIGNED_CERT')
  },
)

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === '::1')

test.skipIf(!hasRedis || !hasIpv6)('a Redis that listens on IPv6 only works', async () => {
  const { port } = await startRedis('--bind', '::1')
  const { ticked } = await startClock(`redis://[::1]:${port}`)
  await ticked(2)
})

test.skipIf(!hasRedis)('a Redis Cluster works, whichever node REDIS_URL names', async () => {
  const nodes = await Promise.all([
    startRedis('--cluster-enabled', 'yes'),
    startRedis('--cluster-enabled', 'yes'),
  ])
  const [one, other] = nodes
  await command(one.url, 'cluster', 'addslotsrange', '0', '8191')
  await command(other.url, 'cluster', 'addslotsrange', '8192', '16383')
  await command(one.url, 'cluster', 'meet', '127.0.0.1', String(other.port))
  await waitUntil(
    async () => {
      const states = await Promise.all(nodes.map(({ url }) => command(url, 'cluster', 'info')))
      return states.every((state) => String(state).includes('cluster_state:ok'))
    },
    { describe: 'the cluster is ready' },
  )
  for (const { url } of nodes) {
    const { ticked, logged } = await startClock(url)
    await ticked(2)
    expect(logged('ticks-delayed')).toEqual([])
    expect(await checkRedis(url)).toMatchObject({
      ok: true,
      detail: expect.stringContaining('Redis Cluster'),
    })
  }
})

test.skipIf(!hasRedis)(
  'a Redis Cluster of one node that knows no address of its own works',
  async () => {
    const { url } = await startRedis('--cluster-enabled', 'yes')
    const { troubled, ticked } = await startClock(url)
    await troubled('CLUSTERDOWN')
    await command(url, 'cluster', 'addslotsrange', '0', '16383')
    await ticked(2)
    await expectCause(`${url}/3`, 'a Redis Cluster has database 0 only')
  },
)

test.skipIf(!hasRedis)(
  'a full Redis is named, does not make the clock spin, and works again when there is room',
  async () => {
    const { url } = await startRedis('--maxmemory-policy', 'volatile-lru')
    const { ticked, troubled, logged } = await startClock(url)
    await ticked(2)
    await command(url, 'config', 'set', 'maxmemory', '1')
    await troubled('Redis is full')
    expect(await checkRedis(url)).toMatchObject({
      ok: false,
      detail: expect.stringContaining('Redis is full'),
    })
    const refusals = async () =>
      Number(/total_error_replies:(\d+)/.exec(String(await command(url, 'info', 'stats')))?.[1])
    const [before, startedAt] = [await refusals(), performance.now()]
    await waitUntil(() => performance.now() - startedAt > 3_000, { describe: 'some attempts' })
    // An attempt each second, of a few commands.
    expect((await refusals()) - before).toBeLessThan(40)
    await command(url, 'config', 'set', 'maxmemory', '0')
    await ticked(3)
    expect(logged('ticks-delayed')).toHaveLength(1)
    expect(logged('ticks-recovered')).toHaveLength(1)
  },
)

test.skipIf(!hasRedis)('a Redis that was flushed gets a new schedule', async () => {
  const { url } = await startRedis()
  const { ticked } = await startClock(url)
  await ticked(2)
  await command(url, 'flushall')
  await ticked(3)
})

test.skipIf(!hasRedis)(
  'a schedule that a replica left half repaired is registered again',
  async () => {
    const { url } = await startRedis()
    const { ticked } = await startClock(url)
    await ticked(2)
    await command(url, 'hset', '{winrate}:winrate-aggregation:meta', 'paused', '1')
    await command(url, 'rename', '{winrate}:winrate-aggregation:delayed', 'gone')
    await ticked(3)
  },
)

test.skipIf(!hasRedis)(
  'a Redis that hangs is named, and stopping does not wait for it',
  async () => {
    const { url, pid } = await startRedis()
    const { ticked, troubled, stop } = await startClock(url)
    await ticked(2)
    process.kill(pid, 'SIGSTOP')
    onTestFinished(() => {
      process.kill(pid, 'SIGCONT')
    })
    await troubled('does not answer')
    await stop()
  },
)

test.skipIf(!hasRedis)(
  'a Redis that becomes a replica is named, and works again as a primary',
  async () => {
    const primary = await startRedis()
    const { url } = await startRedis()
    const { ticked, troubled } = await startClock(url)
    await ticked(2)
    await command(url, 'replicaof', '127.0.0.1', String(primary.port))
    await troubled('name the primary')
    await command(url, 'replicaof', 'no', 'one')
    await ticked(2)
  },
)

/** A real Redis whose replies are changed on their way. */
async function startProxy(to: number, change: (reply: string) => string): Promise<string> {
  const port = await findFreePort()
  const server = createServer((client) => {
    const upstream = createConnection({ host: '127.0.0.1', port: to })
    for (const socket of [client, upstream]) {
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream)
    upstream.on('data', (reply) => client.write(change(reply.toString('latin1')), 'latin1'))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  return `redis://127.0.0.1:${port}`
}
