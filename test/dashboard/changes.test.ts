// What the dashboard draws on demand, and what operators do on it, in a real browser against a real worker.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { runWorkerCommand } from '../support/worker-process.ts'
import {
  accessibilityProblems,
  hostile,
  openDashboard,
  sendOutcomes,
  tokens,
} from './open-dashboard.ts'

const executablePath = inject('chromium')

describe.skipIf(executablePath === null)('on the dashboard', async () => {
  const database = await createTestDatabase()
  const ends: (() => unknown)[] = []
  afterAll(async () => {
    for (const end of ends.reverse()) await end()
  })
  let dashboard: Awaited<ReturnType<typeof openDashboard>>
  beforeAll(async () => {
    dashboard = await openDashboard(database, executablePath ?? '', (end) => ends.push(end))
  })
  const visit: typeof dashboard.visit = (...how) => dashboard.visit(...how)

  it('a canary is started, told of, promoted, started again and aborted', async () => {
    const page = await visit('#/snapshots', { token: tokens.admin })
    const dialog = page.getByRole('dialog')
    const change = async (open: string, press: string, effect: RegExp) => {
      await page.getByRole('button', { name: open }).click()
      await dialog.getByText(effect).waitFor()
      await dialog.getByRole('button', { name: press, exact: true }).click()
      await dialog.getByText(/^Done/).waitFor()
      await dialog.getByRole('button', { name: 'Close' }).click()
    }
    await page.getByRole('button', { name: 'Start a canary…' }).click()
    await dialog.getByLabel('Share of the instances').selectOption('25')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('Every instance gets version').waitFor()
    await change('Start a canary…', 'Start', /the others are held at|The others are held at/)
    const served = page.getByRole('region', { name: 'Served' })
    await served
      .getByText(/^A canary runs: 10 % of the instances get version \d+ and newer/)
      .waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    await change('Promote…', 'Promote', /get version \d+, and newer ones as they come/)
    await served.getByText('Every instance gets version').waitFor()
    await change('Start a canary…', 'Start', /The others are held at/)
    await change('Abort…', 'Abort the canary', /gets the content of version \d+ as a new version/)
    await served.getByText(/^(Every instance gets|Version \d+ is pinned)/).waitFor()
    const overview = await visit('#/', { token: tokens.read })
    for (const kind of ['canary', 'promote', 'abort']) {
      await overview.getByText(kind, { exact: true }).first().waitFor()
    }
  })

  it('a running experiment is told with its baseline, share and arms', async () => {
    const { exitCode } = await runWorkerCommand(['holdout', '0.2', '--baseline', 'gpt-4o'], {
      DATABASE_URL: database.url,
    })
    expect(exitCode).toBe(0)
    const page = await visit('#/savings', { token: tokens.read })
    const experiment = page.getByRole('region', { name: 'Experiment' })
    await experiment.getByText(/20 % of the sessions go by gpt-4o/).waitFor()
    await experiment.getByText(/held out/).waitFor()
    expect(await page.getByText('No experiment runs').count()).toBe(0)
    expect(await accessibilityProblems(page)).toEqual([])
  })

  it('dead letters are requeued after their effect was stated, and only by admins', async () => {
    const reader = await visit('#/pipeline', { token: tokens.read })
    const forbidden = reader.getByRole('button', { name: 'Requeue…' })
    await forbidden.waitFor()
    expect(await forbidden.isDisabled()).toBe(true)

    await database.pool.query(
      `insert into winrate.rejected_outcomes (reason, message_id, enqueued_at, payload)
       select $1, n, now(), to_jsonb(n) from generate_series(1, 1500) as n`,
      [hostile],
    )
    const page = await visit('#/pipeline', { token: tokens.admin })
    const row = page.getByRole('listitem').filter({ hasText: hostile })
    await row.getByText('1,500').waitFor()
    expect(await row.getByRole('button', { name: 'Copy as command' }).count()).toBe(1)
    await row.getByRole('button', { name: 'Requeue…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('1,500 dead letters of the reason').waitFor()
    await dialog.getByText('what is still wrong is rejected again').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Requeue', exact: true }).click()
    await dialog.getByText('Done: 1,500 dead letters are back in the queue').waitFor()
    await dialog.getByRole('button', { name: 'Close' }).click()
    const left = 'select count(*) from winrate.rejected_outcomes where reason = $1'
    expect(await database.count(left, [hostile])).toBe(0)
    await row.waitFor({ state: 'detached' })
    // They are no outcomes, so the worker rejects each again, for what is wrong with them.
    await page.getByText('message_not_object').waitFor()

    // Somebody else was faster.
    const again = page.getByRole('listitem').filter({ hasText: 'message_not_object' })
    await again.getByRole('button', { name: 'Requeue…' }).click()
    await database.pool.query('delete from winrate.rejected_outcomes')
    await dialog.getByRole('button', { name: 'Requeue', exact: true }).click()
    await dialog.getByText('no dead letter has this reason').waitFor()
    await page.keyboard.press('Escape')
    expect(await page.evaluate('window.hacked')).toBeUndefined()
    const overview = await visit('#/', { token: tokens.read })
    await overview.getByText('requeue', { exact: true }).first().waitFor()
  })

  it('densities are drawn when asked for, with their numbers, and stay in the address', async () => {
    const page = await visit('#/task-types/coding', { token: tokens.read })
    const paths = page.locator('main td.plot path')
    await page.getByRole('button', { name: 'Densities' }).waitFor()
    expect(await paths.count()).toBe(0)
    await page.getByRole('button', { name: 'Densities' }).click()
    await page.waitForURL(/densities=yes/)
    await expect.poll(() => paths.count(), { timeout: 15_000 }).toBe(3)
    expect(await paths.first().getAttribute('d')).toMatch(/^M[\d.,L-]+Z$/)
    expect(await accessibilityProblems(page)).toEqual([])
    const figure = page.getByRole('region', { name: 'Densities of what is expected' })
    await figure.getByRole('button', { name: 'Numbers' }).click()
    await figure.getByRole('columnheader', { name: 'density' }).waitFor()
    expect(await figure.getByRole('cell', { name: hostile }).count()).toBeGreaterThan(20)
    await page.reload()
    await expect.poll(() => paths.count(), { timeout: 15_000 }).toBe(3)
    const few = await visit('#/task-types/law?densities=yes', { token: tokens.read })
    await few.getByText('too few to say who is best').waitFor()
    expect(await few.locator('main td.plot path').count()).toBe(0)
    expect(await few.getByRole('button', { name: 'Densities' }).count()).toBe(0)
    expect(await few.getByRole('region', { name: /^The plan/ }).count()).toBe(0)
  })

  it('the plan of checked requests is drawn, with its numbers beside it', async () => {
    // A cheap model that is nearly as good begins a plan.
    await sendOutcomes(database, 'planned', 60, { cost_usd: 0.02 })
    await waitUntil(
      async () =>
        (await database.count(
          `select count(*) from winrate.task_metrics where task_type = 'planned' and samples = 180`,
        )) === 3,
      { describe: 'a tick that counted the new task type' },
    )
    for (const hash of ['#/task-types/planned', '#/why?task=planned&verified=yes']) {
      const page = await visit(hash, { token: tokens.read })
      const figure = page.getByRole('region', { name: 'The plan where answers are checked' })
      await figure.waitFor()
      const rows = figure.getByRole('row')
      expect(await rows.count()).toBeGreaterThan(2)
      await expect(rows.nth(1).textContent()).resolves.toMatch(/^1\. .+100\.0 %/)
      await figure.getByText(/of requests are expected to get an answer that passes/).waitFor()
      expect(await figure.locator('ol > li').count()).toBe((await rows.count()) - 1)
      expect(await accessibilityProblems(page)).toEqual([])
    }
    const plain = await visit('#/why?task=planned', { token: tokens.read })
    await plain.getByRole('checkbox', { name: 'Answers are checked' }).waitFor()
    await plain.getByText('Chances to be chosen').waitFor()
    expect(await plain.getByRole('region', { name: /^The plan/ }).count()).toBe(0)
  })

  it('a task type tells both chances, and a model its traffic', async () => {
    const page = await visit('#/task-types/coding', { token: tokens.read })
    await page.getByRole('columnheader', { name: 'To be best' }).waitFor()
    await page.getByRole('columnheader', { name: 'To be chosen' }).waitFor()
    const model = await visit(`#/models/openai/${encodeURIComponent(hostile)}?hours=1`, {
      token: tokens.read,
    })
    const traffic = model.getByRole('region', { name: 'Traffic' })
    await traffic.getByRole('button', { name: 'Numbers' }).click()
    const counts = await traffic.getByRole('row').locator('td:last-child').allTextContents()
    const total = await database.count(
      'select coalesce(sum(samples), 0) from winrate.task_metrics where model_name = $1',
      [hostile],
    )
    expect(counts.reduce((sum, count) => sum + Number(count), 0)).toBe(total)
  })

  // After all others: what they did is held to it.
  it('nothing asked anybody but its worker, or broke the policy', () => {
    expect(dashboard.elsewhere).toEqual([])
    expect(dashboard.violations).toEqual([])
  })
})
