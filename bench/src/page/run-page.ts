// Fills a worker with outcomes of every model at every task type, and visits its pages.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { UsageError } from '@winrate/demo/errors'
import { spawnWorker } from '@winrate/demo/fleet/spawn-worker'
import { uuidV7 } from '@winrate/shared-schema/contracts'
import pg from 'pg'
import { type Browser, chromium } from 'playwright-core'
import type { BenchPostgres } from '../measuring/bench-postgres.ts'

export interface PageOptions {
  readonly tasks: number
  readonly models: number
  readonly repeats: number
}

export interface PageResult {
  readonly browser: string
  /** Milliseconds of each visit. */
  readonly pages: Readonly<Record<string, readonly number[]>>
}

const OUTCOMES_A_CELL = 30
const pages = { Overview: '#/', 'Task types': '#/task-types' }

export async function runPage(
  options: PageOptions,
  { connectionString, onEnd }: BenchPostgres,
): Promise<PageResult> {
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  })
  onEnd(() => browser.close())
  const worker = spawnWorker({ DATABASE_URL: connectionString, WINRATE_PORT: 0 })
  onEnd(async () => {
    worker.child.kill()
    await worker.ended
  })
  const url = await worker.url
  await fill(options, connectionString)
  const times = new Map<string, number[]>()
  // In turn, so that what else the machine does meets both.
  for (let visit = 0; visit < options.repeats; visit += 1) {
    for (const [name, hash] of Object.entries(pages)) {
      const ms = await firstIntervalMs(browser, `${url}/ui/${hash}`)
      times.set(name, [...(times.get(name) ?? []), ms])
    }
  }
  return { browser: `Chromium ${browser.version()}`, pages: Object.fromEntries(times) }
}

function findChromium(): string {
  const file = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) =>
      ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)),
    )
    .find((path) => existsSync(path))
  if (file === undefined) throw new UsageError('no chromium on the PATH')
  return file
}

/** Sends the outcomes, and waits until a tick has counted them and its snapshot has settled. */
async function fill({ tasks, models }: PageOptions, connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    for (let task = 0; task < tasks; task += 1) {
      await client.query(`select pgmq.send('task_preferences', $1::jsonb)`, [
        JSON.stringify(batchOf(task, models)),
      ])
    }
    const counted = 'select coalesce(sum(samples), 0)::float8 as samples from winrate.task_metrics'
    for (;;) {
      const { rows } = await client.query<{ samples: number }>(counted)
      if (rows[0]?.samples === tasks * models * OUTCOMES_A_CELL) break
      await sleep(500)
    }
  } finally {
    await client.end()
  }
  await sleep(SETTLING_MS)
}

/** What a worker does after a tick: its snapshot is compared once. */
const SETTLING_MS = 10_000

function batchOf(task: number, models: number) {
  const nowMs = Date.now()
  const occurred_at = new Date(nowMs - 1_000).toISOString()
  return {
    format: 1,
    batch_id: uuidV7(nowMs),
    instance_id: `agent-${task % 10}`,
    session_id: uuidV7(nowMs),
    sdk: 'router-client/0.1.0',
    sealed_at: new Date(nowMs).toISOString(),
    dropped: {},
    outcomes: Array.from({ length: models * OUTCOMES_A_CELL }, (_, at) => {
      const model = at % models
      const luck = (((at * 7_919 + task * 104_729) % 1_009) + 1) / 1_010
      return {
        outcome_id: uuidV7(nowMs - 2_000),
        task_type: `task-${task}`,
        model_name: `model-${model}`,
        provider: `provider-${model % 4}`,
        success: luck < 0.4 + (0.5 * ((model * 37 + task) % models)) / models,
        response_time_ms: 500 + Math.round(1_000 * luck),
        cost_usd: 0.001 * (1 + (model % 20)),
        propensity: 0.5,
        occurred_at,
      }
    }),
  }
}

/** From the navigation of a new visitor until the first dot of an interval is painted. */
async function firstIntervalMs(browser: Browser, address: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 } })
  try {
    const page = await context.newPage()
    await page.addInitScript(watch)
    await page.goto(address)
    await page.waitForSelector('[data-first-interval]', { state: 'attached' })
    return Number(await page.getAttribute('[data-first-interval]', 'data-first-interval'))
  } finally {
    await context.close()
  }
}

/** Runs in the page: notes the time since the navigation in the document. */
const watch = `
  const observer = new MutationObserver(() => {
    if (document.querySelector('main td.plot svg circle') === null) return
    observer.disconnect()
    requestAnimationFrame(() => setTimeout(() => {
      document.documentElement.dataset.firstInterval = String(performance.now())
    }))
  })
  observer.observe(document, { childList: true, subtree: true })`
