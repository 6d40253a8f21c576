// Bounds how many requests of a route are at work. A request is over when its response has closed and its handler
// has settled: a handler goes on after a time-out has answered for it, and an answer may wait for its reader.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { HttpApp } from './http-app.ts'
import { overloaded } from './http-error.ts'

interface Work {
  isHandled: boolean
  isAnswered: boolean
  readonly onOver: (() => void)[]
}

/** Calls back when a request is over. */
export type WhenOver = (request: FastifyRequest, reply: FastifyReply, onOver: () => void) => void

/** Applies to the routes and hooks that are added after it. */
export function limitWork(app: HttpApp): WhenOver {
  const works = new WeakMap<FastifyRequest, Work>()
  const counts = new Map<string, number>()

  function settle(work: Work): void {
    if (!work.isHandled || !work.isAnswered) return
    for (const run of work.onOver.splice(0)) run()
  }

  function whenOver(request: FastifyRequest, reply: FastifyReply, onOver: () => void): void {
    const known = works.get(request)
    if (known !== undefined) {
      known.onOver.push(onOver)
      settle(known)
      return
    }
    const work: Work = { isHandled: true, isAnswered: false, onOver: [onOver] }
    works.set(request, work)
    const onClose = () => {
      work.isAnswered = true
      settle(work)
    }
    // A client may be gone before its request gets here: `close` was emitted then.
    if (reply.raw.destroyed) onClose()
    else reply.raw.on('close', onClose)
  }

  app.addHook('onRoute', (route) => {
    const { handler } = route
    route.handler = async function (request, reply) {
      const work = works.get(request)
      if (work === undefined) return handler.call(this, request, reply)
      work.isHandled = false
      try {
        return await handler.call(this, request, reply)
      } finally {
        work.isHandled = true
        settle(work)
      }
    }
  })

  app.addHook('onRequest', (request, reply, done) => {
    const { url = '', config } = request.routeOptions
    if (config.atOnce === undefined) return done()
    const count = counts.get(url) ?? 0
    if (count >= config.atOnce) return done(overloaded('Too many such requests are at work here.'))
    counts.set(url, count + 1)
    whenOver(request, reply, () => counts.set(url, (counts.get(url) ?? 1) - 1))
    done()
  })

  return whenOver
}
