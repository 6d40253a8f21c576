// Readers poll. Guarantee: every JSON answer to a GET for the scope read has an entity tag, and one that the reader has already
// is not sent again. The tag is a hash of the body, so it is the same from every replica that says the same; a route may leave out
// of it what changes by itself, such as an age.
import { createHash } from 'node:crypto'
import type { FastifyContextConfig } from 'fastify'
import type { HttpApp } from './http-app.ts'
import { matchesEntityTag } from './request-headers.ts'

/** Whether a route's answers are tagged here; some tag theirs by themselves. */
export function hasEntityTag(method: string, scope: FastifyContextConfig['scope']): boolean {
  return method === 'GET' && (scope === 'read' || scope === 'any')
}

/** Applies to the routes that are added after it. */
export function tagEntities(app: HttpApp): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    const { scope, withoutTimes } = request.routeOptions.config
    const isTagged = hasEntityTag(request.method, scope) && !reply.hasHeader('etag')
    if (!isTagged || reply.statusCode !== 200 || typeof payload !== 'string') {
      return done(null, payload)
    }
    const entityTag = `"${createHash('sha256')
      .update(
        withoutTimes === undefined ? payload : JSON.stringify(withoutTimes(JSON.parse(payload))),
      )
      .digest('base64url')}"`
    reply.headers({ etag: entityTag, 'cache-control': 'private, no-cache' })
    if (!matchesEntityTag(request.headers['if-none-match'], entityTag)) return done(null, payload)
    reply.code(304).removeHeader('content-type').removeHeader('content-length')
    done(null, null)
  })
}
