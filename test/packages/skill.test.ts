// Follows skills/winrate/SKILL.md to the letter: installs the packed client into an empty project, writes each block of code into
// the file that it names, and runs it beside a worker and a provider on this machine.
import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import {
  completion,
  startProvider,
} from '../../packages/router-client/test-support/fake-provider.ts'
import { installPacked } from '../support/packed.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { startWorkerProcess } from '../support/worker-process.ts'

const run = promisify(execFile)
const client = fileURLToPath(new URL('../../packages/router-client', import.meta.url))
const skill = await readFile(
  fileURLToPath(new URL('../../skills/winrate/SKILL.md', import.meta.url)),
  'utf8',
)
const database = await createTestDatabase()

/** An empty project with the packed client, the SDKs that the skill uses, and the files of the skill. */
async function startProject(): Promise<string> {
  const { project } = await installPacked(['router-client'], '--offline')
  onTestFinished(() => rm(project, { recursive: true, force: true }))
  // npm would fetch them; here they are those of the repository.
  for (const name of ['ai', '@ai-sdk/openai', '@ai-sdk/anthropic', 'openai']) {
    const to = join(project, 'node_modules', name)
    await mkdir(dirname(to), { recursive: true })
    await symlink(join(client, 'node_modules', name), to)
  }
  for (const [, name = '', code = ''] of skill.matchAll(/^```js\n\/\/ (\S+\.mjs)\n(.*?)^```/gms)) {
    await writeFile(join(project, name), code)
  }
  return project
}

test('its code runs as it stands, and the worker stores what it records', async () => {
  const answer = completion('{ "function": "P3DT4H" }')
  const provider = await startProvider({
    ...{ 'gpt-4o': answer, 'gpt-4o-mini': answer, 'claude-sonnet-5': answer },
  })
  onTestFinished(() => provider.stop())
  const worker = await startWorkerProcess({ DATABASE_URL: database.url })
  const isServed = async () => (await fetch(`${worker.url}/v1/snapshot`)).ok
  await waitUntil(isServed, { describe: 'a snapshot' })
  const project = await startProject()
  const env = {
    ...{ PATH: process.env['PATH'], WINRATE_URL: worker.url, WINRATE_INSTANCE: 'skill' },
    ...{ OPENAI_API_KEY: 'none', OPENAI_BASE_URL: `${provider.origin}/v1` },
    ...{ ANTHROPIC_API_KEY: 'none', ANTHROPIC_BASE_URL: `${provider.origin}/v1` },
  }
  const files = (await readdir(project)).filter((name) => /^(with-.*|check)\.mjs$/.test(name))
  const printed: Record<string, string> = {}
  for (const file of files) {
    const { stdout, stderr } = await run(process.execPath, [file], { cwd: project, env })
    expect(stderr, file).toBe('')
    printed[file] = stdout
  }
  const model = '(gpt-4o|gpt-4o-mini|claude-sonnet-5)'
  expect(printed).toEqual({
    'check.mjs': expect.stringMatching(
      new RegExp(`^a worker is there\ncoding goes to ${model} \\(\\w+\\)\n0 outcomes are lost\n$`),
    ),
    'with-ai-sdk.mjs': expect.stringMatching(new RegExp(`^${model}: true\n$`)),
    'with-call.mjs': expect.stringMatching(/^gpt-4o(-mini)?: true, 1 answer\n$/),
    'with-openai.mjs': expect.stringMatching(/^gpt-4o(-mini)?: true\n$/),
    'with-route.mjs': expect.stringMatching(/^gpt-4o(-mini)?: judged\n$/),
  })
  const counted = () =>
    database.rows<{ success: boolean | null }>(`
      select task_type, success, instance_id, response_time_ms is not null as "isTimed", input_tokens
      from winrate.task_preferences where counted order by task_type`)
  // Until a correction is applied, both words of a call count.
  const isStored = async () => {
    const rows = await counted()
    return rows.length === 4 && rows.every((row) => row.success)
  }
  await waitUntil(isStored, { describe: 'the last word on each call is stored' })
  const shared = { success: true, instance_id: 'skill', isTimed: true, input_tokens: 10 }
  expect(await counted()).toEqual([
    { ...shared, task_type: 'coding' },
    { ...shared, task_type: 'coding' },
    { ...shared, task_type: 'coding' },
    { ...shared, task_type: 'research' },
  ])
})
