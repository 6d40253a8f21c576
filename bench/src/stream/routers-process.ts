// Real routers that report when they started to use a snapshot. The process ends when its parent is gone.
import { createRouter, httpSnapshots, type Router } from '@winrate/router-client'
import { serveRequests, sharedNowMs } from './process-requests.ts'

const TIMEOUT_MS = 30_000

let routers: Router[] = []
let applied = new Map<string, number>()
let onApplied: () => void = () => undefined

serveRequests({
  async connect({ texts: [url = ''], numbers: [count = 0] }) {
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
    return [ready.filter(({ status }) => status !== 'fresh').length]
  },
  /** Returns how many routers lack this version, and when each of the others applied it. */
  async applied({ numbers: [version = 0] }) {
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
    return [routers.length - appliedMs.length, ...appliedMs]
  },
  refused() {
    return [routers.reduce((sum, router) => sum + router.status().refused, 0)]
  },
})
process.on('disconnect', () => process.exit(0))
