// Which routers are open in this process. A development server that evaluates a module again with every edit creates
// a router each time, and the streams and timers of the earlier ones stay. So it is said once, in the way in which Node
// itself reports leaks, whatever the logger is.
import { createHash } from 'node:crypto'
import type { RouterOptions } from './options.ts'

/** Module state does not survive another evaluation of the module; this does. */
const registryKey = Symbol.for('@winrate/router-client/open-routers')

/** Weak, so that a router whose timers and connections are gone does not count. */
interface OpenRouters {
  readonly routers: Set<WeakRef<object>>
  warned: boolean
}

const recipe =
  'Close a router before you create the next one. Where modules are evaluated again with every edit, as in a ' +
  'development server, keep one for the process: globalThis.router ??= createRouter({ ... })'

/**
 * Counts a router as open until the returned function is called, and warns when others like it are open: with the
 * same instance id, or from the same address with the same options.
 *
 * @param router What lives for as long as anything of the router is at work.
 */
export function countOpenRouter(router: object, options: RouterOptions): () => void {
  const key = keyOf(options)
  if (key === undefined) return () => undefined
  const open = openRouters(key)
  for (const each of open.routers) if (each.deref() === undefined) open.routers.delete(each)
  const counted = new WeakRef(router)
  open.routers.add(counted)
  if (open.routers.size > 1 && !open.warned) {
    open.warned = true
    process.emitWarning(`${open.routers.size} routers ${describe(options)} are open. ${recipe}`, {
      type: 'WinrateWarning',
      code: 'WINRATE_OPEN_ROUTERS',
    })
  }
  return () => {
    open.routers.delete(counted)
  }
}

function openRouters(key: string): OpenRouters {
  const known: unknown = Reflect.get(globalThis, registryKey)
  const registry: Map<string, OpenRouters> = known instanceof Map ? known : new Map()
  Reflect.set(globalThis, registryKey, registry)
  const open = registry.get(key) ?? { routers: new Set(), warned: false }
  registry.set(key, open)
  return open
}

/** Undefined for a router that nothing tells from others, and for one that receives nothing. */
function keyOf({ snapshots, instanceId, ...options }: RouterOptions): string | undefined {
  if (snapshots?.expectsUpdates !== true) return undefined
  if (instanceId !== undefined) return `instance ${instanceId}`
  if (snapshots.address === undefined) return undefined
  const { outcomes: _outcomes, logger: _logger, clock: _clock, ...plain } = options
  const text = JSON.stringify([snapshots.address, plain])
  return createHash('sha256').update(text).digest('hex')
}

function describe({ instanceId }: RouterOptions): string {
  return instanceId === undefined
    ? 'with the same address and options'
    : `with the instanceId ${JSON.stringify(instanceId)}`
}
