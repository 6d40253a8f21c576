// One run: services, workers, producers; the faults of the plan under load; then peace, and the account.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { migrateDatabase } from '@winrate/central-worker'
import { seededRandom } from '@winrate/demo/random/seeded-random'
import pg from 'pg'
import {
  findDifferences,
  type LedgerFile,
  loadLedgers,
  readTotals,
  type Totals,
} from './account.ts'
import { type AgentProcess, startAgentProcess } from './agent-process.ts'
import { startHttpProducer } from './http-producer.ts'
import { openLedger } from './ledger.ts'
import { type CrashOptions, type Fault, planFaults } from './plan.ts'
import { createTurns, startPostgresProducer } from './postgres-producer.ts'
import type { Producer } from './producer.ts'
import {
  type KillablePostgres,
  type KillableRedis,
  startKillablePostgres,
  startKillableRedis,
} from './services.ts'
import { startWorkers, type Workers } from './workers.ts'

export interface RunContext {
  /** An empty folder that every user may enter. */
  readonly folder: string
  readonly onEnd: (step: () => Promise<void>) => void
  /** Called for each fault and each stage, with a line for people. */
  readonly say: (text: string) => void
}

export interface CrashResult {
  readonly totals: readonly Totals[]
  /** What clients dropped, by their own count and by reason. */
  readonly dropped: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly faults: number
  readonly startsInVain: number
  readonly versions: number
  readonly differences: readonly string[]
}

interface Parts {
  readonly postgres: KillablePostgres
  readonly redis: KillableRedis | undefined
  readonly workers: Workers
  readonly agents: readonly AgentProcess[]
  readonly producers: readonly Producer[]
  readonly ledgers: readonly LedgerFile[]
  readonly pool: pg.Pool
  readonly blanks: () => number
}

const AGENTS = 6
/** The agent that drops outcomes while it cannot send. */
const SMALL_CAPACITY = 1_000
const CAPACITY = 200_000
/** Shares of poison in all, and of the foreign producers' own outcomes so that it comes to that. */
const FOREIGN_POISON = 0.035
const LOOK_MS = 50
const TELL_MS = 10_000
/** Longest wait for the end of everything, beside what storing may take. */
const SETTLE_MS = 120_000
const OUTCOMES_PER_SECOND_STORED = 500

export async function runCrash(options: CrashOptions, context: RunContext): Promise<CrashResult> {
  const differences: string[] = []
  const note = (difference: string) => {
    differences.push(difference)
    context.say(`DIFFERENCE ${difference}`)
  }
  const parts = await startParts(options, context, note)
  const faults = await rage(options, parts, context)
  await settle(options, parts, context, note)
  context.say('counting')
  const { pool, ledgers, blanks, workers, agents } = parts
  await loadLedgers(pool, ledgers)
  differences.push(...(await findDifferences(pool, blanks())))
  const totals = await readTotals(pool)
  const dropped = readDropped(agents)
  for (const [producer, reasons] of Object.entries(dropped)) {
    const counted = Object.values(reasons).reduce((sum, count) => sum + count, 0)
    const total = totals.find((one) => one.producer === producer && one.fate === 'dropped')
    if (counted === (total?.outcomes ?? 0)) continue
    differences.push(
      `${producer} has dropped ${total?.outcomes ?? 0} outcomes and counts ${counted}`,
    )
  }
  const { rows } = await pool.query<{ versions: number }>(
    'select count(*)::int as versions from winrate.snapshots',
  )
  return {
    totals,
    dropped,
    faults,
    startsInVain: workers.startsInVain(),
    versions: rows[0]?.versions ?? 0,
    differences,
  }
}

/** Of the clients that were not killed: a killed one has forgotten its count. */
function readDropped(agents: readonly AgentProcess[]): CrashResult['dropped'] {
  return Object.fromEntries(
    agents.filter(({ job }) => !job.isKilled).map((agent) => [agent.name, agent.report().dropped]),
  )
}

async function startParts(
  options: CrashOptions,
  { folder, onEnd, say }: RunContext,
  note: (difference: string) => void,
): Promise<Parts> {
  const postgres = await startKillablePostgres(join(folder, 'postgres'))
  onEnd(() => postgres.stop())
  const redis = await startKillableRedis(join(folder, 'redis'))
  if (redis === undefined) say('no redis-server on the PATH: the ticks of this run need no Redis')
  onEnd(async () => redis?.stop())
  const { connectionString } = postgres
  await migrateDatabase(connectionString)
  const pool = new pg.Pool({ connectionString, max: 2 })
  pool.on('error', () => {})
  onEnd(() => pool.end())
  await createTurns(pool)
  const workers = await startWorkers(
    options.workers,
    {
      DATABASE_URL: connectionString,
      WINRATE_AGGREGATION_INTERVAL_MS: options.intervalMs,
      ...(redis === undefined ? {} : { REDIS_URL: redis.url }),
    },
    note,
  )
  onEnd(() => workers.stop())
  await workers.ready
  return {
    ...{ postgres, redis, workers, pool },
    ...(await startProducers(
      options,
      { connectionString, urls: workers.urls, folder, onEnd },
      note,
    )),
  }
}

interface Surroundings {
  readonly connectionString: string
  readonly urls: readonly string[]
  readonly folder: string
  readonly onEnd: RunContext['onEnd']
}

async function startProducers(
  { outcomes, rate, seed }: CrashOptions,
  { connectionString, urls, folder, onEnd }: Surroundings,
  note: (difference: string) => void,
) {
  const ledgerFolder = join(folder, 'ledgers')
  await mkdir(ledgerFolder)
  const ledgerFile = (producer: string) => join(ledgerFolder, producer)
  const count = AGENTS + 2
  const share = { outcomes: Math.ceil(outcomes / count), rate: rate / count }
  const agents = Array.from({ length: AGENTS }, (_, number) => {
    const instanceId = `agent-${number}`
    const job = {
      ...{ instanceId, ...share, seed: seed + number, ledgerFile: ledgerFile(instanceId) },
      url: urls[number % urls.length] ?? '',
      ...(number % 2 === 1 ? { connectionString } : {}),
      capacity: number === 2 ? SMALL_CAPACITY : CAPACITY,
      isKilled: number === AGENTS - 2,
    }
    const agent = startAgentProcess(job, note)
    onEnd(() => agent.end())
    return agent
  })
  const foreign = (name: string, offset: number) => ({
    ...{ ...share, poison: FOREIGN_POISON },
    ...{ random: seededRandom(seed + offset), ledger: openLedger(ledgerFile(name)) },
  })
  const bySql = startPostgresProducer(connectionString, foreign('foreign-postgres', 100))
  const byHttp = startHttpProducer(urls, foreign('foreign-http', 200))
  const names = [...agents.map(({ name }) => name), 'foreign-postgres', 'foreign-http']
  return {
    agents,
    producers: [...agents, bySql, byHttp],
    ledgers: names.map((producer) => ({ producer, file: ledgerFile(producer) })),
    blanks: bySql.blanks,
  }
}

/** Lets the faults happen until everything is recorded; returns how many there were. */
async function rage(options: CrashOptions, parts: Parts, { say }: RunContext): Promise<number> {
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

/** Waits until everything is stored and known to all clients, and ends them and the workers in order. */
async function settle(
  { outcomes }: CrashOptions,
  { agents, workers, pool }: Parts,
  { say }: RunContext,
  note: (difference: string) => void,
): Promise<void> {
  const timeoutMs = SETTLE_MS + (outcomes / OUTCOMES_PER_SECOND_STORED) * 1_000
  const isReached = async (what: string, look: () => Promise<boolean> | boolean) => {
    say(`waiting: ${what}`)
    const deadlineMs = performance.now() + timeoutMs
    while (!(await look())) {
      if (performance.now() > deadlineMs) return note(`not reached: ${what}`)
      await sleep(LOOK_MS)
    }
  }
  for (const agent of agents) agent.flush()
  await isReached('the clients have sent what they hold', () =>
    agents.every((agent) => agent.report().flushed),
  )
  await isReached('the queue is empty and everything is in the rollups', async () => {
    const { rows } = await pool.query<{ settled: boolean }>(`
      select not exists (select from pgmq.q_task_preferences)
        and not exists (select from winrate.rollup_increments)
        and not exists (select from winrate.outcome_corrections where applied_at is null) as settled`)
    return rows[0]?.settled === true
  })
  const { rows } = await pool.query<{ epoch: string; version: number }>(
    'select epoch, version::int as version from winrate.snapshot_head',
  )
  await isReached(`every client has version ${rows[0]?.version} or a newer one`, () =>
    agents.every((agent) => {
      const { epoch, version = 0 } = agent.report()
      return epoch === rows[0]?.epoch && version >= (rows[0]?.version ?? 0)
    }),
  )
  say('waiting: the clients end by themselves')
  await Promise.all(agents.map((agent) => agent.close()))
  for (const agent of agents) {
    const { stepsBack } = agent.report()
    if (stepsBack > 0) note(`${agent.name} went back to an older snapshot ${stepsBack} times`)
  }
  say('waiting: the workers stop in order')
  await workers.stop()
}
