// Connects to Redis, and names what keeps the clock from working on it. Every connection is one attempt that
// never reconnects by itself: the clock's loop pauses and tries again.
import { Redis, type RedisOptions } from 'ioredis'
import { findRedisServers } from './redis-servers.ts'

/** What was found of a Redis that the clock can use. */
export interface RedisFindings {
  readonly version: string
  readonly isCluster: boolean
  readonly evictionPolicy: string
}

/** Keeps all keys of the clock in one slot, and so on one node of a Redis Cluster. */
export const REDIS_PREFIX = '{winrate}'

const CONNECT_TIMEOUT_MS = 3_000
const COMMAND_TIMEOUT_MS = 5_000
/** The oldest that BullMQ works with. */
const OLDEST_MAJOR_VERSION = 5
const MOST_REDIRECTS = 5

const once = {
  lazyConnect: true,
  connectTimeout: CONNECT_TIMEOUT_MS,
  commandTimeout: COMMAND_TIMEOUT_MS,
  maxRetriesPerRequest: 0,
  retryStrategy: () => null,
  // What Redis says of itself is judged here, with a sentence for each case.
  enableReadyCheck: false,
} satisfies RedisOptions

/** What `npx winrate doctor` reports; see `connectRedis`. */
export async function examineRedis(redisUrl: string): Promise<RedisFindings> {
  const { redis, findings } = await connectRedis(redisUrl)
  redis.disconnect()
  return findings
}

/**
 * Opens a connection on which everything has been tried that the clock needs, including the right and the room to
 * write. Of several servers it goes to the first that will do; in a Redis Cluster, to the node that holds the slot of the
 * clock's keys; behind Sentinels, to the primary that they name now. The caller closes it.
 *
 * @throws Error whose message says what is wrong and what to do; of several servers, with the last one.
 */
export async function connectRedis(redisUrl: string) {
  let problem: unknown
  for (const url of await findRedisServers(redisUrl, askSentinel)) {
    try {
      return await connectServer(url)
    } catch (error) {
      problem = error
    }
  }
  throw problem
}

async function askSentinel(url: string, primaryName: string) {
  const redis = new Redis(url, once)
  try {
    const answer = await connected(redis, () =>
      redis.call('sentinel', 'get-master-addr-by-name', primaryName),
    )
    return Array.isArray(answer) ? ([String(answer[0]), String(answer[1])] as const) : null
  } catch (error) {
    throw await explained(error, redis.options)
  } finally {
    redis.disconnect()
  }
}

async function connectServer(url: string) {
  let redis = new Redis(url, once)
  for (let redirects = 0; ; redirects += 1) {
    try {
      const findings = judgeInfo(await connected(redis, () => redis.info()))
      await tryWriting(redis)
      return { redis, findings }
    } catch (error) {
      redis.disconnect()
      const moved = redirects < MOST_REDIRECTS ? redirected(error, redis.options) : undefined
      if (moved === undefined) throw await explained(error, redis.options)
      redis = redis.duplicate(moved)
    }
  }
}

/** The node that holds the slot; its host is empty where it is the same as that of the node which answered. */
function redirected(
  error: unknown,
  { host, tls }: RedisOptions,
): Partial<RedisOptions> | undefined {
  const match = /^MOVED \d+ (.*):(\d+)$/.exec(error instanceof Error ? error.message : '')
  if (match === null) return undefined
  const [, movedHost, port] = match
  return {
    host: movedHost || host || 'localhost',
    port: Number(port),
    // Certificates are issued to names, and nodes name each other by address.
    ...(tls === undefined || host === undefined ? {} : { tls: { servername: host, ...tls } }),
  }
}

/** Connects and runs `work`; rejects with the first error, which ioredis tells to listeners only. */
async function connected<Result>(redis: Redis, work: () => Promise<Result>): Promise<Result> {
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
      'REDIS_URL names a Redis Sentinel, which holds no data: write redis-sentinel://HOST:PORT?sentinelMasterId=NAME',
    )
  }
  if (Number.parseInt(version, 10) < OLDEST_MAJOR_VERSION) {
    throw new Error(`Redis ${version} is too old: upgrade to ${OLDEST_MAJOR_VERSION} or newer`)
  }
  if (field('loading') === '1') {
    throw new Error('Redis is loading its data (LOADING): the clock waits until it is done')
  }
  const isCluster = field('redis_mode') === 'cluster'
  // A replica of a cluster names its primary by itself.
  if (field('role') === 'slave' && !isCluster) {
    throw new Error(
      'REDIS_URL names a replica, which is read-only (READONLY): name the primary instead',
    )
  }
  return {
    version,
    isCluster,
    evictionPolicy: field('maxmemory_policy') ?? 'noeviction',
  }
}

/** Writes what BullMQ's scripts also need the right and the room for. */
async function tryWriting(redis: Redis): Promise<void> {
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
  [/command timed out/i, 'Redis does not answer: is it stopped, or busy with a slow command?'],
  [/^MOVED|^ASK/, 'the Redis Cluster moves the keys of the clock to another node'],
  [
    /connection is closed|ECONNRESET|EPIPE|protocol error/i,
    'the server in REDIS_URL closes the connection: is it a Redis, and not full of clients?',
  ],
  [/^ENOTFOUND|^EAI_AGAIN/, 'the host in REDIS_URL has no address'],
]

/** The error of a command, with its cause in words. A broken connection hides its cause; another one tells it. */
export async function findRedisCause(error: unknown, redisUrl: string): Promise<Error> {
  if (!/closed|timed out|retries|EPIPE|ECONNRESET/i.test(String(error))) return inWords(error)
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

/** Of several addresses of one host, the first. */
function firstCause(error: unknown): Error {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0]
  return error instanceof Error ? error : new Error(String(error))
}

/** The error with its cause in words. Where the connection only broke, asks whether the other protocol works. */
async function explained(error: unknown, options: RedisOptions): Promise<Error> {
  const usesTls = options.tls !== undefined
  if (
    /closed|ECONNRESET|EPIPE|ETIMEDOUT|EPROTO|Protocol error|wrong version|TLS/i.test(String(error))
  ) {
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
