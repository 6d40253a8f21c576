// The promise of the queue: nothing is lost or counted twice, whatever dies when. This is `npm run crash` in
// small; CONTRIBUTING says how to run it in large.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const main = fileURLToPath(new URL('dist/main.js', import.meta.url))

test('every outcome is accounted for by its id after kills of workers, Postgres, Redis and a client', async () => {
  const child = spawn(process.execPath, [main, '--outcomes', '20000'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      output += String(text)
    })
  }
  const closed = once(child, 'close')
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await closed
  })
  await closed

  // The output names the seed, with which the run can be repeated.
  expect(child.exitCode, output).toBe(0)
  expect(output).toContain('\n0 differences')
}, 600_000)
