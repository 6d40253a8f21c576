import {
  DELTA_FORMAT,
  DELTAS_HEADER,
  type Fleet,
  formatSnapshotVersion,
  HELD_HEADER,
  snapshotSchema,
} from '@winrate/shared-schema/contracts'
import { toZod } from '@winrate/shared-schema/zod'
import { z } from 'zod'
import type { Serving } from '../../distribution/served-head.ts'
import type { SnapshotStream } from '../../distribution/snapshot-stream.ts'
import type { WorkLimits } from '../../limits/work-limits.ts'
import type { TokenBook } from '../../tokens/token-book.ts'
import { errorResponse, type HttpApp, sendReady } from '../server/http-app.ts'
import { HttpError, unavailable } from '../server/http-error.ts'
import { acceptsGzip, instanceIdOf, matchesEntityTag } from '../server/request-headers.ts'

export interface SnapshotDependencies {
  /** What an instance is served now; `undefined` for an instance that does not name itself. */
  readonly servingFor: (instanceId: string | undefined) => Serving
  /** Takes over the response as an event stream; `full` and `stopping` leave it untouched. */
  readonly openStream: SnapshotStream['open']
  /** Tells when a token of the database is over. */
  readonly tokenBook: Pick<TokenBook, 'watch'>
  readonly limits: WorkLimits
}

const instanceHeader = {
  'x-winrate-instance': z
    .string()
    .optional()
    .describe('Id of the instance; decides during a canary'),
}

const snapshotHeadersSchema = z.looseObject({
  'if-none-match': z.string().optional().describe('The ETag of the snapshot that is known'),
  ...instanceHeader,
})

const streamHeadersSchema = z.looseObject({
  'last-event-id': z.string().optional().describe('The id of the snapshot that is known'),
  [DELTAS_HEADER]: z
    .string()
    .optional()
    .describe(`${DELTA_FORMAT} where the reader can apply deltas to the snapshot that it has`),
  ...instanceHeader,
})

const STREAM_RETRY_AFTER_S = '30'

export function addSnapshotRoutes(app: HttpApp, dependencies: SnapshotDependencies): void {
  app.get(
    '/v1/snapshot',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'readSnapshot',
        summary: 'The snapshot to route by',
        description:
          'The ETag is "epoch:version", the same from every replica. 503 until the first snapshot.',
        headers: snapshotHeadersSchema,
        response: {
          200: toZod(snapshotSchema).describe('The snapshot, gzip where accepted'),
          304: z.undefined().describe('The snapshot named by If-None-Match is still served'),
          ...errorResponse,
        },
      },
    },
    async (request, reply) => {
      const { snapshot, held, isForAll } = dependencies.servingFor(instanceIdOf(request.headers))
      if (snapshot === undefined) {
        const message = 'No snapshot was published yet. The first comes with the first tick.'
        throw unavailable({ code: 'no-snapshot-yet', message })
      }
      const entityTag = `"${formatSnapshotVersion(snapshot)}"`
      reply.headers({
        etag: entityTag,
        ...cacheHeaders({ isForAll, byToken: request.bearer.byToken }),
        ...(held && { [HELD_HEADER]: 'true' }),
        ...fleetHeader(snapshot.content?.fleet),
      })
      if (matchesEntityTag(request.headers['if-none-match'], entityTag)) {
        return reply.code(304).send()
      }
      reply.type('application/json; charset=utf-8')
      return acceptsGzip(request.headers['accept-encoding'])
        ? sendReady(reply.header('content-encoding', 'gzip'), snapshot.gzip)
        : sendReady(reply, snapshot.plain)
    },
  )

  app.get(
    '/v1/snapshot/stream',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'streamSnapshots',
        summary: 'Each newer snapshot as soon as it is served',
        description:
          'Server-sent events: snapshot (id is epoch:version), delta where asked for, heartbeat, goodbye; gzip where accepted. 429 when this replica, the token or the project has no room for more; poll then.',
        headers: streamHeadersSchema,
        response: {
          200: {
            description: 'The events',
            content: { 'text/event-stream': { schema: z.string() } },
          },
          ...errorResponse,
        },
      },
    },
    async (request, reply) => {
      const close = dependencies.limits.openStream(request.bearer)
      reply.raw.on('close', close)
      // The client may be gone before its request gets here: `close` was emitted then.
      if (reply.raw.destroyed) close()
      const opened = dependencies.openStream({
        response: reply.raw,
        instanceId: instanceIdOf(request.headers),
        lastEventId: request.headers['last-event-id'],
        coding: acceptsGzip(request.headers['accept-encoding']) ? 'gzip' : 'plain',
        takesDeltas: request.headers[DELTAS_HEADER] === String(DELTA_FORMAT),
      })
      if (opened === 'full') throw tooManyStreams()
      if (opened === 'stopping') {
        throw unavailable({ code: 'stopping', message: 'This replica is stopping. Connect again.' })
      }
      // Not a goodbye, after which a client connects again: it hears of its token by asking for a snapshot.
      const { token } = request.bearer
      if (token !== undefined) {
        reply.raw.on(
          'close',
          dependencies.tokenBook.watch(token.id, () => reply.raw.destroy()),
        )
      }
      return reply.hijack()
    },
  )
}

/** For how long nginx may answer with a snapshot by itself, in seconds. A token that is over still opens it for so long. */
const CACHED_S = '2'

/**
 * Caches ask the worker each time. Only nginx, and only where it is told to cache, may answer the same token by itself: it
 * alone knows this header. Never where instances are served differently, as in a canary, nor without a token, because the
 * worker then looks at the host of each request.
 */
function cacheHeaders({ isForAll, byToken }: { isForAll: boolean; byToken: boolean }) {
  return {
    ...(isForAll && byToken && { 'x-accel-expires': CACHED_S }),
    'cache-control': 'no-cache',
    vary: isForAll
      ? 'accept-encoding, authorization'
      : 'accept-encoding, authorization, x-winrate-instance',
  }
}

/** Also where the snapshot itself is not sent. Names are percent-encoded: headers are Latin-1. */
function fleetHeader(fleet: Fleet | undefined) {
  if (fleet === undefined) return {}
  const name = fleet.name === undefined ? '' : `; name=${encodeURIComponent(fleet.name)}`
  return { 'x-winrate-fleet': `${fleet.id}${name}` }
}

function tooManyStreams(): HttpError {
  const message =
    'This replica has all the stream readers it takes. Poll GET /v1/snapshot meanwhile.'
  const headers = { 'retry-after': STREAM_RETRY_AFTER_S }
  return new HttpError(429, { code: 'too-many-streams', message }, { headers })
}
