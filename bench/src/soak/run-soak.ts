// Runs one worker and clients that come and go under a steady load, and samples what must stay flat.
import { setTimeout as sleep } from 'node:timers/promises'
import { endProcess } from '@winrate/demo/fleet/end-process'
import { spawnWorker } from '@winrate/demo/fleet/spawn-worker'
import pg from 'pg'
import type { BenchPostgres } from '../measuring/bench-postgres.ts'
import { scriptBeside, startServingProcess } from '../measuring/serving-process.ts'
import { type Account, accountSchema, type ClientsJob, heldSchema } from './soak-protocol.ts'
import { type SoakSample, watchSoak } from './watch-soak.ts'

export interface SoakOptions {
  readonly outcomesPerSecond: number
  readonly durationMs: number
  /** How many clients are there at a time, over all processes. */
  readonly clients: number
  /** How long a client stays, in the mean. */
  readonly lifeMs: number
  readonly sampleMs: number
}

/** Where every outcome is that clients recorded. */
export interface SoakAccount extends Account {
  readonly stored: number
  /** Dead letters. */
  readonly rejected: number
  /** Messages that still waited at the end. */
  readonly waiting: number
}

export interface SoakResult {
  readonly samples: readonly SoakSample[]
  readonly account: SoakAccount
}

const PROCESSES = 4
const STOP_TIMEOUT_MS = 20_000
const EMPTY_QUEUE_TIMEOUT_MS = 60_000

export async function runSoak(options: SoakOptions, postgres: BenchPostgres): Promise<SoakResult> {
  const { connectionString, onEnd } = postgres
  const pool = new pg.Pool({ connectionString, max: 1 })
  pool.on('error', () => {})
  onEnd(() => pool.end())
  const worker = spawnWorker({ DATABASE_URL: connectionString, WINRATE_PORT: 0 })
  onEnd(() => endProcess(worker.child, { signal: 'SIGTERM', timeoutMs: STOP_TIMEOUT_MS }))
  const died = worker.ended.then((how) => {
    throw new Error(`the worker ended (${how}):\n${worker.lastLines()}`)
  })
  died.catch(() => {})
  const workerUrl = await worker.url
  const processes = startClients({ ...options, connectionString, workerUrl }, postgres)
  const watch = watchSoak(
    pool,
    {
      workerPid: worker.child.pid ?? 0,
      workerPort: Number(new URL(workerUrl).port),
      clients: processes,
    },
    { everyMs: options.sampleMs, onSample: report },
  )
  onEnd(() => watch.stop())
  const done = Promise.all(processes.map(({ run }) => run()))
  await Promise.race([sleep(options.durationMs), done, died])
  await watch.stop()
  const accounts = await Promise.race([done, died])
  return { samples: watch.samples, account: await closeAccount(pool, accounts) }
}

function startClients(
  given: SoakOptions & Pick<ClientsJob, 'connectionString' | 'workerUrl'>,
  { onEnd }: BenchPostgres,
) {
  return Array.from({ length: PROCESSES }, (_, process) => {
    const script = scriptBeside(import.meta.url, 'clients-process')
    const serving = startServingProcess(['--expose-gc', script])
    onEnd(() => serving.end())
    const job: ClientsJob = {
      ...given,
      process,
      clients: given.clients / PROCESSES,
      outcomesPerSecond: given.outcomesPerSecond / PROCESSES,
    }
    return {
      pid: serving.child.pid ?? 0,
      run: () => serving.request('run', job, accountSchema),
      collect: () => serving.request('collect', {}, heldSchema),
    }
  })
}

/** Counts, once the queue is empty or its time is over. */
async function closeAccount(pool: pg.Pool, accounts: readonly Account[]): Promise<SoakAccount> {
  const count = async (table: string) => {
    const { rows } = await pool.query<{ n: number }>(`select count(*)::int as n from ${table}`)
    return rows[0]?.n ?? 0
  }
  const untilMs = performance.now() + EMPTY_QUEUE_TIMEOUT_MS
  let waiting = await count('pgmq.q_task_preferences')
  while (waiting > 0 && performance.now() < untilMs) {
    await sleep(500)
    waiting = await count('pgmq.q_task_preferences')
  }
  const sum = (name: keyof Account) => accounts.reduce((total, each) => total + each[name], 0)
  return {
    recorded: sum('recorded'),
    sent: sum('sent'),
    dropped: sum('dropped'),
    lives: sum('lives'),
    cpuSeconds: sum('cpuSeconds'),
    stored: await count('winrate.task_preferences'),
    rejected: await count('winrate.rejected_outcomes'),
    waiting,
  }
}

function report(sample: SoakSample): void {
  const texts = Object.entries(sample).map(
    ([name, value]) => `${name} ${Math.round(value * 10) / 10}`,
  )
  process.stderr.write(`${texts.join('  ')}\n`)
}
