// Real routers that report when they started to use a snapshot. The process ends when its parent is gone.
import { createRouter, httpSnapshots, type Router } from '@winrate/router-client'
import { z } from 'zod'
import { endWithParent, handle, serveRequests } from '../measuring/serve-requests.ts'
import { sharedNowMs } from '../measuring/shared-clock.ts'

const TIMEOUT_MS = 30_000

let routers: Router[] = []
let applied = new Map<string, number>()
let onApplied: () => void = () => undefined

serveRequests({
  /** Connects this many routers; returns how many have no fresh snapshot. */
  connect: handle(z.object({ url: z.url(), count: z.int() }), async ({ url, count }) => {
    routers = Array.from({ length: count }, (_, at) =>
      createRouter({ snapshots: httpSnapshots({ url }), instanceId: `router-${at}` }),
    )
    for (const [at, router] of routers.entries()) {
      router.on('snapshot', ({ version }) => {
        applied.set(`${at} ${version}`, sharedNowMs())
        onApplied()
      })
    }
    const ready = await Promise.all(routers.map((router) => router.ready({ timeoutMs: 60_000 })))
    return ready.filter(({ status }) => status !== 'fresh').length
  }),
  /** Returns how many routers lack this version, and when each of the others applied it. */
  applied: handle(z.int(), async (version) => {
    const times = () => routers.flatMap((_, at) => applied.get(`${at} ${version}`) ?? [])
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, TIMEOUT_MS)
      onApplied = () => {
        if (times().length < routers.length) return
        clearTimeout(late)
        resolve()
      }
      onApplied()
    })
    const appliedMs = times()
    applied = new Map()
    return { missing: routers.length - appliedMs.length, appliedMs }
  }),
  refused() {
    return routers.reduce((sum, router) => sum + router.status().refused, 0)
  },
})
endWithParent()
