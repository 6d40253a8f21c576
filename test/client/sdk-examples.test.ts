// The examples that use an SDK, run as they stand: each starts its own provider and needs no worker.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findFreePort } from '@winrate/demo/fleet/free-port'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const examples = fileURLToPath(new URL('../../examples', import.meta.url))

test.each([
  [
    'ai-sdk-agent.mjs',
    ['It is sunny in Utrecht. (careful, 2 steps, 1 decision)', 'thumb up: queued'],
  ],
])('%s', async (name, lines) => {
  const env = { PATH: process.env['PATH'], WINRATE_URL: `http://127.0.0.1:${await findFreePort()}` }
  const { stdout, stderr } = await run(process.execPath, [join(examples, name)], { env })
  expect({ lines: stdout.trimEnd().split('\n'), stderr }).toEqual({ lines, stderr: '' })
})
