// Postgres with pgmq and Redis in containers, for tests. The images are those of docker-compose.yml,
// so what is tested is what is deployed; compose-file.test.ts holds the two together.
import { setTimeout as delay } from 'node:timers/promises'
import { PostgreSqlContainer } from '@testcontainers/postgresql'
import { RedisContainer } from '@testcontainers/redis'
import { type ContainerRuntimeClient, getContainerRuntimeClient, ImageName } from 'testcontainers'

export const containerImages = {
  postgres: 'ghcr.io/pgmq/pg18-pgmq:v1.11.1',
  redis: 'redis:8.2-alpine',
} as const

// The image with which testcontainers 11 removes left-over containers, unless that is disabled.
const CLEANER_IMAGE = 'testcontainers/ryuk:0.14.0'

const REGISTRY_TIMEOUT_MS = 10_000

export interface StartedContainers {
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly stop: () => Promise<void>
}

/**
 * Whether Docker answers and has the images, or can pull them within `timeoutMs`: an image that is
 * missing is pulled. Never throws and never takes longer.
 */
export async function canStartContainers({
  timeoutMs = 180_000,
}: {
  readonly timeoutMs?: number
} = {}): Promise<boolean> {
  try {
    return await within(timeoutMs, haveImages())
  } catch {
    return false
  }
}

/** Starts both or neither: if one cannot start, the other is stopped before this throws. */
export async function startContainers(): Promise<StartedContainers> {
  const [postgres, redis] = await Promise.allSettled([
    new PostgreSqlContainer(containerImages.postgres)
      .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=300'])
      .start(),
    new RedisContainer(containerImages.redis).start(),
  ])
  const started = [postgres, redis].flatMap((result) =>
    result.status === 'fulfilled' ? [result.value] : [],
  )
  const stop = async () => {
    await Promise.all(started.map((container) => container.stop()))
  }
  if (postgres.status === 'rejected' || redis.status === 'rejected') {
    await stop()
    const reason = postgres.status === 'rejected' ? postgres.reason : 'redis failed'
    throw new Error('containers did not start', { cause: reason })
  }
  return {
    databaseUrl: postgres.value.getConnectionUri(),
    redisUrl: redis.value.getConnectionUrl(),
    stop,
  }
}

async function haveImages(): Promise<boolean> {
  const runtime = await getContainerRuntimeClient()
  for (const image of imagesNeeded()) {
    if (!(await hasImage(runtime, image))) return false
  }
  return true
}

function imagesNeeded(): string[] {
  const images: string[] = Object.values(containerImages)
  const { TESTCONTAINERS_RYUK_DISABLED, RYUK_CONTAINER_IMAGE } = process.env
  if (TESTCONTAINERS_RYUK_DISABLED !== 'true') images.push(RYUK_CONTAINER_IMAGE ?? CLEANER_IMAGE)
  return images
}

async function hasImage(runtime: ContainerRuntimeClient, name: string): Promise<boolean> {
  const image = ImageName.fromString(name)
  if (await runtime.image.exists(image)) return true
  // Checked first, because a pull without a network can take minutes to fail.
  await within(
    REGISTRY_TIMEOUT_MS,
    runtime.container.dockerode.getImage(image.string).distribution(),
  )
  await runtime.image.pull(image)
  return await runtime.image.exists(image)
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const settled = new AbortController()
  const tooLate = delay(timeoutMs, undefined, { signal: settled.signal }).then(() => {
    throw new Error(`no answer within ${timeoutMs} ms`)
  })
  try {
    return await Promise.race([work, tooLate])
  } finally {
    settled.abort()
  }
}
