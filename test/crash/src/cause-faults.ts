import { setTimeout as sleep } from 'node:timers/promises'
import type { Parts, RunContext } from './parts.ts'
import { type CrashOptions, type Fault, planFaults } from './plan.ts'

const LOOK_MS = 50
const TELL_MS = 10_000
const STALL_MS = 120_000

/** Lets the faults happen until everything is recorded; returns how many there were. */
export async function causeFaults(
  options: CrashOptions,
  parts: Parts,
  { say }: RunContext,
): Promise<number> {
  const { producers, redis } = parts
  const faults = planFaults(options).filter(
    ({ kind }) => kind !== 'restart-redis' || redis !== undefined,
  )
  const recorded = () => producers.reduce((sum, producer) => sum + producer.recorded(), 0)
  const tell = (text: string) => say(`${String(recorded()).padStart(9)} recorded  ${text}`)
  const waiting = [...faults]
  const happening: Promise<void>[] = []
  const failures: unknown[] = []
  const inTurn = createTurnstile()
  let isDone = false
  const done = Promise.all(producers.map((producer) => producer.done)).finally(() => {
    isDone = true
  })
  done.catch(() => {})
  let toldMs = performance.now()
  let progress = { recorded: 0, atMs: toldMs }
  while (!isDone || waiting.length > 0) {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (recorded() < next.atOutcome && !isDone) break
      waiting.shift()
      const fault = next
      tell(describe(fault))
      const over = inTurn(targetOf(fault), () => commit(fault, parts))
      happening.push(over.catch((error: unknown) => void failures.push(error)))
    }
    if (failures.length > 0) throw failures[0]
    if (recorded() > progress.recorded) progress = { recorded: recorded(), atMs: performance.now() }
    if (performance.now() - progress.atMs > STALL_MS) {
      throw new Error(`nothing was recorded for ${STALL_MS} ms`)
    }
    if (performance.now() - toldMs > TELL_MS) {
      toldMs = performance.now()
      tell('')
    }
    await sleep(LOOK_MS)
  }
  await done
  await Promise.all(happening)
  if (failures.length > 0) throw failures[0]
  tell('all recorded')
  return faults.length
}

function describe({ kind, downMs, ...fault }: Fault): string {
  const what = 'worker' in fault ? ` ${fault.worker}` : 'end' in fault ? ` (${fault.end})` : ''
  return `${kind.replace('-', ' ')}${what} for ${downMs} ms`
}

/** Faults of one target happen one after another. */
function targetOf(fault: Fault): string {
  return 'worker' in fault ? `worker ${fault.worker}` : fault.kind
}

function createTurnstile() {
  const last = new Map<string, Promise<void>>()
  return (target: string, act: () => Promise<void>): Promise<void> => {
    const next = (last.get(target) ?? Promise.resolve()).then(act)
    last.set(target, next)
    return next
  }
}

async function commit(fault: Fault, { workers, agents, postgres, redis }: Parts): Promise<void> {
  switch (fault.kind) {
    case 'kill-worker':
      return workers.kill(fault.worker, fault.downMs)
    case 'freeze-worker':
      return workers.freeze(fault.worker, fault.downMs)
    case 'kill-agent':
      return agents.find(({ job }) => job.isKilled)?.kill(fault.downMs)
    case 'restart-postgres':
      return postgres.restart(fault.end, fault.downMs)
    case 'restart-redis':
      return redis?.restart(fault.end, fault.downMs)
  }
}
