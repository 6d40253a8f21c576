// A command line: `node examples/cli.mjs 'Where is Utrecht?'` streams an answer, Ctrl-C ends it, and `node examples/cli.mjs good`
// or `bad` judges it later, in a process of its own. It runs against the provider on this machine. `npm start` runs the worker that learns.
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouter, httpOutcomes, httpSnapshots } from '@winrate/router-client'
import OpenAI from 'openai'
import { localModels, startLocalProvider } from './local-provider.mjs'

// One model is down, one drops its stream before the first word, and one answers.
const local = await startLocalProvider({ careful: () => 'In the middle of the Netherlands.' })
const openai = new OpenAI({ baseURL: local.origin, apiKey: 'none', maxRetries: 0 })

const { WINRATE_URL: url = 'http://127.0.0.1:8787' } = process.env
const router = createRouter({
  ...localModels('question', { down: 0.9, cut: 0.8, careful: 0.7 }),
  snapshots: httpSnapshots({ url }),
  outcomes: httpOutcomes({ url }),
  instanceId: 'cli',
})
const kept = join(process.env['WINRATE_CLI_DIR'] ?? tmpdir(), 'winrate-last-answer')

const prompt = process.argv[2] ?? 'Where is Utrecht?'
if (prompt === 'good' || prompt === 'bad') {
  const reference = await readFile(kept, 'utf8')
  console.log(router.recordPreference({ reference, success: prompt === 'good' }))
} else {
  const stopped = new AbortController()
  process.once('SIGINT', () => stopped.abort(new Error('stopped')))
  const { result, answered, attempts } = await router.call(
    'question',
    prompt,
    ({ model, signal }) =>
      openai.chat.completions.create(
        { model, messages: [{ role: 'user', content: prompt }], stream: true },
        { signal },
      ),
    { signal: stopped.signal },
  )
  for await (const { choices } of result) process.stdout.write(choices[0]?.delta.content ?? '')
  const failed = attempts.filter(({ failure }) => failure).map(({ model }) => model)
  console.log(`\n(${answered.model}, after ${failed.join(' and ') || 'none'})`)
  await writeFile(kept, answered.reference)
}

const { remaining } = await router.close({ timeoutMs: 2_000 })
if (remaining > 0) console.log('no worker took the outcome: it is lost')
local.close()
