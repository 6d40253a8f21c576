// The dashboard in a real browser, against a real worker behind a proxy with a prefix. One worker and one browser for all.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createTestDatabase } from '../support/test-database.ts'
import {
  accessibilityProblems,
  hostile,
  openDashboard,
  sendOutcomes,
  tokens,
} from './open-dashboard.ts'

const executablePath = inject('chromium')
const pages = [
  ['#/', 'Overview'],
  ['#/task-types', 'Task types'],
  ['#/task-types/coding', 'coding'],
  ['#/models/openai/gpt-4o', 'gpt-4o'],
  ['#/why?task=coding', 'Why'],
  ['#/instances', 'Instances'],
  ['#/snapshots', 'Snapshots'],
  ['#/pipeline', 'Pipeline'],
  ['#/savings', 'Experiment and savings'],
  ['#/patterns', 'Patterns'],
  ['#/settings', 'Settings'],
] as const

describe.skipIf(executablePath === null)('the dashboard', async () => {
  const database = await createTestDatabase()
  const ends: (() => unknown)[] = []
  afterAll(async () => {
    for (const end of ends.reverse()) await end()
  })
  let dashboard: Awaited<ReturnType<typeof openDashboard>>
  let url: string
  beforeAll(async () => {
    dashboard = await openDashboard(database, executablePath ?? '', (end) => ends.push(end))
    url = dashboard.url
  })
  const visit: typeof dashboard.visit = (...how) => dashboard.visit(...how)

  it('leads browsers from the address of the worker to the page, below the prefix', async () => {
    const page = await visit('')
    await page.goto(`${url}/`)
    await page.waitForURL(`${url}/ui/`)
    await page.getByLabel('Token').waitFor()
  })

  it('asks for a token, says when it is wrong, and keeps it only if asked to', async () => {
    const page = await visit('')
    await page.getByLabel('Token').fill('a-token-that-is-wrong')
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByText('does not know this token').waitFor()
    await page.getByLabel('Token').fill(tokens.read)
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByRole('navigation').waitFor()
    await page.getByText('Read only').waitFor()
    expect(await page.evaluate('JSON.stringify({ ...sessionStorage, ...localStorage })')).toBe('{}')
    await page.reload()
    await page.getByLabel('Token').waitFor()
  })

  it.each(pages)('%s is complete and accessible', async (hash, title) => {
    const page = await visit(hash, { token: tokens.read })
    await page
      .getByRole('heading', { level: 1, name: title, exact: true })
      .waitFor({ state: 'attached' })
    await expect.poll(() => page.getByLabel('Loading').count(), { timeout: 15_000 }).toBe(0)
    const main = await page.getByRole('main').textContent()
    expect(main).not.toContain('older than its page')
    expect(main).not.toContain('does not answer')
    expect(await accessibilityProblems(page)).toEqual([])
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await accessibilityProblems(page)).toEqual([])
    await page.setViewportSize({ width: 390, height: 800 })
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
    expect(await page.evaluate(overflow)).toBeLessThanOrEqual(0)
    expect(await page.evaluate('window.hacked')).toBeUndefined()
  })

  it('shows hostile names as the text that they are', async () => {
    const page = await visit('#/instances', { token: tokens.read })
    await page.getByRole('cell', { name: hostile }).waitFor()
    expect(await page.locator('main img, main script').count()).toBe(0)
    expect(await page.evaluate('window.hacked')).toBeUndefined()
  })

  it('follows what happens without a reload, and rests while it is paused', async () => {
    const page = await visit('#/task-types', { token: tokens.read })
    await page.getByRole('link', { name: 'coding' }).waitFor()
    expect(await page.getByRole('link', { name: 'refactoring' }).count()).toBe(0)
    await sendOutcomes(database, 'refactoring', 10)
    await page.getByRole('link', { name: 'refactoring' }).waitFor()
    await page.getByRole('button', { name: /^Live/ }).click()
    await page.getByRole('button', { name: /^Paused/ }).waitFor()
  })

  it('with a token for read nothing can be changed', async () => {
    const page = await visit('#/instances', { token: tokens.read })
    const button = page.getByRole('button', { name: 'Quarantine…' }).first()
    await button.waitFor()
    expect(await button.isDisabled()).toBe(true)
  })

  it('pins a version and unpins it, and says beforehand what that does', async () => {
    const page = await visit('#/snapshots', { token: tokens.admin })
    await page.getByRole('button', { name: 'Pin…' }).last().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('change nothing until you unpin').waitFor()
    await dialog.getByRole('button', { name: 'Pin', exact: true }).click()
    await dialog.getByText(/^Done/).waitFor()
    await dialog.getByRole('button', { name: 'Close' }).click()
    await page.getByText('every newer one repeats it').waitFor()
    await page.getByRole('button', { name: 'Unpin…' }).click()
    await dialog.getByRole('button', { name: 'Unpin', exact: true }).click()
    await dialog.getByText(/^Done/).waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('Every instance gets version').waitFor()
  })

  it('leaves an instance out and counts it again', async () => {
    const page = await visit('#/instances?search=agent-1', { token: tokens.admin })
    await page.getByRole('button', { name: 'Quarantine…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('no longer count').waitFor()
    expect(await dialog.getByRole('button', { name: 'Quarantine' }).isDisabled()).toBe(true)
    await dialog.getByLabel('Reason').fill('It reports <b>nonsense</b>')
    await dialog.getByRole('button', { name: 'Quarantine' }).click()
    await dialog.getByText('From the next tick on').waitFor()
    await dialog.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('cell', { name: 'by an operator' }).waitFor()
    await page.getByRole('button', { name: 'Release…' }).click()
    await dialog.getByRole('button', { name: 'Release' }).click()
    await dialog.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('button', { name: 'Quarantine…' }).waitFor()
  })

  it('lists its keys, goes where they lead, and keeps what was chosen in the address', async () => {
    const page = await visit('#/', { token: tokens.read })
    await page.getByRole('navigation').waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
    // At once, while the dialog that closes still has the focus.
    await page.keyboard.press('Escape')
    await page.keyboard.press('g')
    await page.keyboard.press('t')
    await page.getByRole('heading', { name: 'Task types', exact: true }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('cod')
    await page.waitForURL(/#\/task-types\?search=cod$/)
    await page.reload()
    await page.getByText(/^1 of \d+ task types$/).waitFor()
  })

  it('gives its numbers as a table and as a file', async () => {
    const page = await visit('#/task-types', { token: tokens.read })
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: 'CSV' }).click()
    const text = readFileSync(await (await downloading).path(), 'utf8')
    expect(text).toMatch(/^task type,outcomes,/)
    expect(text).toContain('\ncoding,360,')
  })

  // After all others: what they did is held to it.
  it('asked nobody but its worker, and broke no policy', () => {
    expect(dashboard.elsewhere).toEqual([])
    expect(dashboard.violations).toEqual([])
  })
})
