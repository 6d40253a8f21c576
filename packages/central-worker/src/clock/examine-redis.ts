// Connects to Redis, and names what keeps the clock from working on it. Every connection is one attempt that
// never reconnects by itself: the clock's loop pauses and tries again.
import { Cluster, Redis, type RedisOptions } from 'ioredis'

/** What was found of a Redis that the clock can use. */
export interface RedisFindings {
  readonly version: string
  readonly isCluster: boolean
  readonly evictionPolicy: string
}

/** Keeps all keys of the clock in one slot, so that a Redis Cluster accepts commands on several of them. */
export const REDIS_PREFIX = '{winrate}'

const CONNECT_TIMEOUT_MS = 3_000
const COMMAND_TIMEOUT_MS = 10_000
/** The oldest that BullMQ works with. */
const OLDEST_MAJOR_VERSION = 5

const once = {
  lazyConnect: true,
  connectTimeout: CONNECT_TIMEOUT_MS,
  commandTimeout: COMMAND_TIMEOUT_MS,
  maxRetriesPerRequest: 0,
  retryStrategy: () => null,
  // What Redis says of itself is judged here, with a sentence for each case.
  enableReadyCheck: false,
} satisfies RedisOptions

/**
 * Connects once and checks everything that the clock needs, including the right and the room to write.
 *
 * @throws Error whose message says what is wrong and what to do.
 */
export async function examineRedis(redisUrl: string): Promise<RedisFindings> {
  const redis = new Redis(redisUrl, once)
  try {
    const info = await connected(redis, () => redis.info())
    const findings = judgeInfo(info)
    if (!findings.isCluster) await tryWriting(redis)
    else await withRedis(redisUrl, findings, tryWriting)
    return findings
  } catch (error) {
    throw await explained(error, redis.options)
  } finally {
    redis.disconnect()
  }
}

/** Opens the connection that the clock works on; the caller closes it. */
export async function connectRedis(
  redisUrl: string,
  { isCluster }: Pick<RedisFindings, 'isCluster'>,
): Promise<Redis | Cluster> {
  const redis = isCluster ? createCluster(redisUrl) : new Redis(redisUrl, once)
  try {
    await connected(redis, () => redis.ping())
    return redis
  } catch (error) {
    redis.disconnect()
    throw error
  }
}

async function withRedis(
  redisUrl: string,
  findings: Pick<RedisFindings, 'isCluster'>,
  work: (redis: Redis | Cluster) => Promise<void>,
): Promise<void> {
  const redis = await connectRedis(redisUrl, findings)
  try {
    await work(redis)
  } finally {
    redis.disconnect()
  }
}

function createCluster(redisUrl: string): Cluster {
  const { host, port, username, password, tls } = new Redis(redisUrl, once).options
  return new Cluster([{ host: host ?? 'localhost', port: port ?? 6379 }], {
    lazyConnect: true,
    clusterRetryStrategy: () => null,
    // Names stay names: certificates are issued to them.
    dnsLookup: (address, callback) => callback(null, address),
    redisOptions: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      commandTimeout: COMMAND_TIMEOUT_MS,
      maxRetriesPerRequest: 1,
      ...(username == null ? {} : { username }),
      ...(password == null ? {} : { password }),
      ...(tls === undefined ? {} : { tls }),
    },
  })
}

/** Connects and runs `work`; rejects with the first error, which ioredis tells to listeners only. */
async function connected<Result>(
  redis: Redis | Cluster,
  work: () => Promise<Result>,
): Promise<Result> {
  const errors: Error[] = []
  redis.on('error', (error: Error) => errors.push(error))
  try {
    await redis.connect()
    const result = await work()
    // A refused SELECT is one of these: the connection would work on another database.
    if (errors[0] !== undefined) throw errors[0]
    return result
  } catch (error) {
    throw errors[0] ?? error
  }
}

function judgeInfo(info: string): RedisFindings {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
  const version = field('redis_version') ?? '?'
  if (field('redis_mode') === 'sentinel') {
    throw new Error(
      'REDIS_URL names a Redis Sentinel, which holds no data: name the primary that it watches',
    )
  }
  if (Number.parseInt(version, 10) < OLDEST_MAJOR_VERSION) {
    throw new Error(`Redis ${version} is too old: upgrade to ${OLDEST_MAJOR_VERSION} or newer`)
  }
  if (field('loading') === '1') {
    throw new Error('Redis is loading its data (LOADING): the clock waits until it is done')
  }
  if (field('role') === 'slave') {
    throw new Error(
      'REDIS_URL names a replica, which is read-only (READONLY): name the primary instead',
    )
  }
  return {
    version,
    isCluster: field('redis_mode') === 'cluster',
    evictionPolicy: field('maxmemory_policy') ?? 'noeviction',
  }
}

/** Writes what BullMQ's scripts also need the right and the room for. */
async function tryWriting(redis: Redis | Cluster): Promise<void> {
  const script = `return redis.call('set', KEYS[1], '1', 'px', 1)`
  await redis.eval(script, 1, `${REDIS_PREFIX}:examined`)
}

const advice: readonly (readonly [RegExp, string])[] = [
  [/^NOAUTH/, 'Redis requires a password: put it into REDIS_URL, as in redis://:PASSWORD@HOST'],
  [/^WRONGPASS|invalid password/i, 'Redis refuses the user or password of REDIS_URL'],
  [/^NOPERM/, 'the Redis user of REDIS_URL lacks a right: allow it all commands on its keys'],
  [/^OOM/, 'Redis is full: raise its maxmemory or remove keys'],
  [/^READONLY/, 'REDIS_URL names a replica, which is read-only: name the primary instead'],
  [/^LOADING/, 'Redis is loading its data: the clock waits until it is done'],
  [/^MISCONF/, 'Redis refuses to write because it cannot save to its disk'],
  [/^CLUSTERDOWN/, 'the Redis Cluster is down: some of its slots have no node'],
  [/SELECT is not allowed/, 'a Redis Cluster has database 0 only: take the number off REDIS_URL'],
  [/DB index is out of range/, 'Redis has no database of the number in REDIS_URL'],
  [
    /self.signed|unable to (get|verify)|certificate/i,
    'the certificate of Redis is not trusted: name its authority in NODE_EXTRA_CA_CERTS, and connect to a host that it is issued to',
  ],
  [/^ECONNREFUSED|^EHOSTUNREACH|^ENETUNREACH|^ETIMEDOUT/, 'is Redis running and reachable?'],
  [/^ENOTFOUND|^EAI_AGAIN/, 'the host in REDIS_URL has no address'],
]

/** The error of a command, with its cause in words. A broken connection hides its cause; another one tells it. */
export async function findRedisCause(error: unknown, redisUrl: string): Promise<Error> {
  if (!/closed|timed out|retries|refresh slots/i.test(String(error))) return inWords(error)
  try {
    await examineRedis(redisUrl)
    return inWords(error)
  } catch (cause) {
    return cause instanceof Error ? cause : inWords(error)
  }
}

/** One sentence: what to do, and what Redis or the network said. */
function inWords(error: unknown): Error {
  const said = firstCause(error)
  // A reply names the script that failed, which changes with every version of BullMQ.
  const message = said.message.split(/\r?\n| script: /)[0]?.slice(0, 300) ?? ''
  const code = 'code' in said && typeof said.code === 'string' ? said.code : ''
  const named = code === '' || message.includes(code) ? message : `${code}: ${message}`
  const matching = advice.find(([pattern]) => pattern.test(message) || pattern.test(code))
  return new Error(matching === undefined ? named : `${matching[1]} (${named})`, { cause: error })
}

/** The one that says most: of several addresses the first, of a cluster the node's. */
function firstCause(error: unknown): Error {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0]
  if (error instanceof Error && 'lastNodeError' in error && error.lastNodeError instanceof Error) {
    return firstCause(error.lastNodeError)
  }
  return error instanceof Error ? error : new Error(String(error))
}

/** The error with its cause in words. Where the connection only broke, asks whether the other protocol works. */
async function explained(error: unknown, options: RedisOptions): Promise<Error> {
  const usesTls = options.tls !== undefined
  if (/closed|ECONNRESET|ETIMEDOUT|EPROTO|Protocol error|wrong version|TLS/i.test(String(error))) {
    if (await answers(options, !usesTls)) {
      return new Error(
        usesTls
          ? 'this port of Redis does not speak TLS: write redis:// in REDIS_URL, or name its TLS port'
          : 'this port of Redis speaks TLS: write rediss:// in REDIS_URL',
        { cause: error },
      )
    }
  }
  return inWords(error)
}

/** Whether a Redis answers there, with or without TLS. Sends no password: the certificate is not checked. */
async function answers({ host, port }: RedisOptions, tls: boolean): Promise<boolean> {
  const redis = new Redis({
    ...once,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(tls ? { tls: { rejectUnauthorized: false } } : {}),
  })
  try {
    await connected(redis, () => redis.ping())
    return true
  } catch (error) {
    // Redis itself refused: it wants a password.
    return error instanceof Error && error.name === 'ReplyError'
  } finally {
    redis.disconnect()
  }
}
