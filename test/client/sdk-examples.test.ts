// The examples that use an SDK, run as they stand beside one worker: each starts its own provider, with models that are at their
// limit, down, silent, or answer nonsense. What they print is what a reader sees, and the worker has stored what came of each call.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { startWorkerProcess } from '../support/worker-process.ts'

const run = promisify(execFile)
interface Example {
  /** Each run of it, one after the other: what it is told, and the lines that it prints. */
  readonly runs: readonly { readonly args?: readonly string[]; readonly lines: readonly string[] }[]
  /** What the worker counts of it: the models, with what became of their calls. */
  readonly counted: Readonly<Record<string, readonly string[]>>
}

const answer = 'In the middle of the Netherlands.'
const sunny = 'It is sunny in Utrecht.'
const planned = '  planned at 0.51 cents; strong alone: 6.00 cents'
const examples: Readonly<Record<string, Example>> = {
  'ai-sdk-agent': {
    runs: [{ lines: [`${sunny} (careful, 2 steps, 1 decision)`, 'thumb up: queued'] }],
    counted: { overloaded: ['transport'], sloppy: ['failure'], careful: ['success'] },
  },
  'ai-sdk-chat': {
    runs: [{ lines: [answer, 'thumb up: queued'] }],
    counted: { limited: ['transport'], silent: ['transport'], careful: ['success'] },
  },
  anthropic: {
    runs: [{ lines: [answer, '(careful: 100 tokens in, 20 out)', 'thumb up: queued'] }],
    counted: { overloaded: ['transport'], cut: ['transport'], careful: ['success'] },
  },
  batch: {
    runs: [
      {
        lines: [
          ...['garbled failed, cheap did', '  {"city":"Utrecht","people":376435}', planned],
          'garbled failed, cheap failed, strong did',
          ...['  {"city":"Groningen","people":244807}', planned],
          ...['garbled failed, cheap did', '  {"city":"Delft","people":109573}', planned],
        ],
      },
    ],
    counted: {
      garbled: ['quality', 'quality', 'quality'],
      cheap: ['failure', 'success', 'success'],
      strong: ['success'],
    },
  },
  cli: {
    runs: [
      { lines: [answer, '(careful, after down and cut)'] },
      { args: ['good'], lines: ['queued'] },
    ],
    counted: { down: ['transport'], cut: ['transport'], careful: ['success'] },
  },
  langchain: {
    runs: [{ lines: [answer] }],
    counted: { overloaded: ['transport'], cut: ['transport'], careful: ['no verdict'] },
  },
  'langchain-agent': {
    runs: [{ lines: [`${sunny} (4 messages, 1 decision)`] }],
    counted: { limited: ['transport'], sloppy: ['failure'], careful: ['success'] },
  },
  openai: {
    runs: [{ lines: ['{"city":"Utrecht"} (careful)', 'thumb up: queued'] }],
    counted: { limited: ['transport'], garbled: ['quality'], careful: ['success'] },
  },
}

const database = await createTestDatabase()
const directory = await mkdtemp(join(tmpdir(), 'winrate-examples-'))
afterAll(() => rm(directory, { recursive: true, force: true }))

async function countedOf(instanceId: string): Promise<Record<string, string[]>> {
  const rows = await database.rows<{ model: string; results: string[] }>(
    `select model_name as model, array_agg(result order by result) as results
     from (
       select model_name, coalesce(failure_kind,
         case when success then 'success' when not success then 'failure' else 'no verdict' end) as result
       from winrate.task_preferences where counted and instance_id = '${instanceId}'
     ) as calls
     group by model_name`,
  )
  return Object.fromEntries(rows.map(({ model, results }) => [model, results]))
}

test('each example does what it says, and the worker counts each of its calls', async () => {
  const worker = await startWorkerProcess({
    DATABASE_URL: database.url,
    // An example shows the same before its snapshot arrives and after that, and what others taught changes nothing.
    ...{ WINRATE_POLICY: 'threshold', WINRATE_POLICY_EXPLORATION: '0' },
    WINRATE_AGGREGATION_INTERVAL_MS: '600000',
  })
  const isServed = async () => (await fetch(`${worker.url}/v1/snapshot`)).ok
  await waitUntil(isServed, { describe: 'a snapshot' })
  const env = {
    PATH: process.env['PATH'],
    ...{ WINRATE_URL: worker.url, WINRATE_CLI_DIR: directory },
  }
  for (const [name, { runs, counted }] of Object.entries(examples)) {
    for (const { args = [], lines } of runs) {
      const file = fileURLToPath(new URL(`../../examples/${name}.mjs`, import.meta.url))
      const { stdout, stderr } = await run(process.execPath, [file, ...args], { env })
      expect
        .soft({ name, lines: stdout.trimEnd().split('\n'), stderr })
        .toEqual({ name, lines, stderr: '' })
    }
    await expect.poll(() => countedOf(name), { timeout: 30_000 }).toEqual(counted)
  }
})
