// Reads request bodies as JSON, within a budget of bytes for all of them and within the turns of the event loop.
import { limits } from '@winrate/shared-schema/contracts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type BodyPlace, createBodyBudget } from './body-budget.ts'
import type { HttpApp } from './http-app.ts'
import { overloaded, refusal } from './http-error.ts'
import type { Turns } from './turns.ts'
import type { WhenOver } from './work-limit.ts'

/** Small bodies have a budget of their own: large ones cannot keep them out. */
const SMALL_BODY_BYTES = 128 * 1024
const SMALL_BUDGET_BYTES = 32 * 1024 * 1024
const LARGE_BUDGET_BYTES = 64 * 1024 * 1024

interface ReadBodiesDependencies {
  readonly turns: Turns
  readonly whenOver: WhenOver
  /** How long a body may arrive before it can be cut for another. */
  readonly graceMs: number
}

export function readBodies(
  app: HttpApp,
  { turns, whenOver, graceMs }: ReadBodiesDependencies,
): void {
  const timing = { graceMs, nowMs: () => performance.now() }
  const small = createBodyBudget({ bytes: SMALL_BUDGET_BYTES, ...timing })
  const large = createBodyBudget({ bytes: LARGE_BUDGET_BYTES, ...timing })
  const places = new WeakMap<FastifyRequest, BodyPlace>()
  const parse = app.getDefaultJsonParser('error', 'error')

  app.addHook('preParsing', (request, reply, _payload, done) => {
    const bytes = mostBytes(request)
    if (bytes > 0) takePlace(request, reply, bytes)
    done()
  })

  function takePlace(request: FastifyRequest, reply: FastifyReply, bytes: number): void {
    if (bytes > limits.batchBytes) throw refusal(413)
    const budget = bytes <= SMALL_BODY_BYTES ? small : large
    const place = budget.open(bytes, () => {
      reply.header('connection', 'close')
      reply.send(overloaded('The body arrives too slowly, and others wait.'))
    })
    places.set(request, place)
    whenOver(request, reply, place.close)
  }

  app.decorateRequest('bodyBytes', 0)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      places.get(request)?.settle(body.length)
      request.bodyBytes = body.length
      // A POST that needs no body may still say that it is JSON.
      if (body.length === 0) return undefined
      return new Promise((resolve, reject) => {
        turns.run(turns.unitsOf(body.length), () => {
          void parse(request, body.toString('utf8'), (error, value) => {
            if (error === null) resolve(value)
            else reject(error)
          })
        })
      })
    },
  )
}

/** Of a body that does not say its length, as much as it may have. */
function mostBytes({ method, headers }: FastifyRequest): number {
  if (method === 'GET' || method === 'HEAD') return 0
  if (headers['transfer-encoding'] !== undefined) return limits.batchBytes
  return Number(headers['content-length'] ?? 0)
}
