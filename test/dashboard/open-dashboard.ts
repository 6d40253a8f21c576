// A real browser on a real worker behind a proxy with a prefix.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium, type Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import type { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { startWorkerFor } from '../support/worker-process.ts'
import { startPrefixProxy } from './prefix-proxy.ts'

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

export const tokens = { read: 'a-token-for-reading', admin: 'a-token-for-admins' }
export const hostile = '"><img src=x onerror="window.hacked=1"><script>window.hacked=2</script>'
const models = ['codex', 'gpt-4o', hostile]
const instances = ['agent-1', 'agent-2', hostile]

type Database = Awaited<ReturnType<typeof createTestDatabase>>

/** Outcomes of each model from each instance. */
export async function sendOutcomes(
  database: Database,
  taskType: string,
  count: number,
  fields: Record<string, unknown> = {},
): Promise<void> {
  const outcomes = instances.map((instance_id) =>
    aSealedBatch(
      models.flatMap((model_name, at) =>
        Array.from({ length: count }, (_, place) =>
          anOutcome({
            ...{ task_type: taskType, model_name, provider: 'openai', instance_id },
            success: place % (at + 2) !== 0,
            ...fields,
          }),
        ),
      ),
      { instance_id },
    ),
  )
  await sendMessages(database, ...outcomes)
}

/** Starts all with outcomes of two task types and a dead letter, and waits for a tick that counts them. */
export async function openDashboard(
  database: Database,
  executablePath: string,
  atEnd: (end: () => unknown) => void,
) {
  const worker = await startWorkerFor(
    {
      DATABASE_URL: database.url,
      WINRATE_AGGREGATION_INTERVAL_MS: '300',
      WINRATE_BASELINE_MODEL: 'gpt-4o',
      WINRATE_PUBLISH_TOKEN: 'a-token-for-publishing',
      WINRATE_READ_TOKEN: tokens.read,
      WINRATE_ADMIN_TOKEN: tokens.admin,
    },
    atEnd,
  )
  await sendOutcomes(database, 'coding', 40)
  await sendOutcomes(database, 'law', 1)
  await sendMessages(database, { format: 1, outcomes: [{ task_type: '<b>no outcome</b>' }] })
  const { url, stop } = await startPrefixProxy(worker.url, '/behind/a/prefix')
  atEnd(stop)
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  })
  atEnd(() => browser.close())
  const counted = 'select count(*) from winrate.task_metrics where samples = 120'
  await waitUntil(async () => (await database.count(counted)) === models.length, {
    describe: 'a tick that counted',
  })
  const violations: string[] = []
  const elsewhere: string[] = []

  /** A page of a new visitor, who has entered a token or none. */
  async function visit(
    hash: string,
    { token, ...options }: { token?: string; colorScheme?: 'dark' | 'light'; width?: number } = {},
  ): Promise<Page> {
    const { colorScheme = 'light', width = 1_280 } = options
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } })
    onTestFinished(() => context.close())
    context.setDefaultTimeout(15_000)
    await context.addInitScript(`
      const token = ${JSON.stringify(token ?? null)}
      if (token !== null) sessionStorage.setItem('winrate-token', token)
      addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
        console.error('policy violated: ' + violatedDirective + ' ' + blockedURI)
      })`)
    const page = await context.newPage()
    page.on('console', (message) => {
      if (message.text().includes('policy')) violations.push(message.text())
    })
    page.on('pageerror', (error) => violations.push(String(error)))
    page.on('request', (request) => {
      if (!/^(data:|blob:)/.test(request.url()) && !request.url().startsWith(url)) {
        elsewhere.push(request.url())
      }
    })
    await page.goto(`${url}/ui/${hash}`)
    return page
  }

  return { url, visit, violations, elsewhere }
}

export async function accessibilityProblems(page: Page): Promise<string[]> {
  // Through the protocol, because the policy of the page allows no code but its own.
  await page.evaluate(readFileSync(axe, 'utf8'))
  const found = await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')
  const { violations: problems } = found as {
    violations: { id: string; nodes: { html: string }[] }[]
  }
  return problems.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
}
