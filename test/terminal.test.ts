// What a person sees who starts a worker on a terminal, and what a collector of logs gets instead.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from './support/test-database.ts'
import { waitUntil } from './support/wait-until.ts'

const mainFile = fileURLToPath(new URL('../packages/central-worker/dist/main.js', import.meta.url))
const database = await createTestDatabase()
const secrets = {
  WINRATE_PUBLISH_TOKEN: 'secret-publish-0123456789',
  WINRATE_READ_TOKEN: 'secret-read-0123456789',
  WINRATE_ADMIN_TOKEN: 'secret-admin-0123456789',
}

/** Runs a worker until `last` is in its output, presses Ctrl-C, and returns all that it wrote. */
async function outputOf(
  where: 'terminal' | 'pipe',
  last: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const command = [process.execPath, mainFile, 'start']
  // `script` runs a command on a terminal of its own.
  const [file = '', ...args] =
    where === 'terminal' ? ['script', '-qec', `exec ${command.join(' ')}`, '/dev/null'] : command
  const child = spawn(file, args, {
    env: {
      PATH: process.env['PATH'] ?? '',
      SHELL: '/bin/sh',
      TERM: 'xterm-256color',
      DATABASE_URL: database.url,
      WINRATE_PORT: '0',
      ...secrets,
      ...environment,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += String(chunk)
  })
  const closed = once(child, 'close')
  await waitUntil(
    () => {
      if (child.exitCode !== null) throw new Error(`the worker ended: ${output}`)
      return output.includes(last)
    },
    { describe: `the worker to write ${last}` },
  )
  if (where === 'terminal') child.stdin.write('\u0003')
  else child.kill('SIGINT')
  expect(await closed).toEqual([0, null])
  return output.replaceAll('\r', '')
}

const jsonLine = /^\{"level":"\w+","time":"/
const textLine = /^\d\d:\d\d:\d\d {2}info {2}worker-started url=http:\S+/m
const colour = String.fromCharCode(27)

test.skipIf(process.platform !== 'linux').each([
  ['colours', {}],
  ['no colours with NO_COLOR', { NO_COLOR: '1' }],
])('a terminal shows text with %s, and a banner without secrets', async (_, environment) => {
  const output = await outputOf('terminal', 'Ctrl-C', environment)
  expect(output.includes(colour)).toBe(!('NO_COLOR' in environment))
  const text = output.replaceAll(new RegExp(`${colour}\\[\\d+m`, 'g'), '')
  expect(text).toMatch(textLine)
  expect(text).toContain('worker-stopped')
  expect(text).toMatch(/^ {2}address {4}http:\/\/127\.0\.0\.1:\d+$/m)
  expect(text).toContain(`data       Postgres at ${new URL(database.url).host}`)
  expect(text).not.toMatch(/secret-|\{"level"/)
})

test.skipIf(process.platform !== 'linux')(
  'WINRATE_LOG_FORMAT=json holds on a terminal',
  async () => {
    const output = await outputOf('terminal', 'Ctrl-C', { WINRATE_LOG_FORMAT: 'json' })
    expect(output).toMatch(/^\{"level":"info".*"msg":"worker-started"\}$/m)
    expect(output).not.toMatch(textLine)
  },
)

test('a pipe gets JSON alone, with no banner', async () => {
  const output = await outputOf('pipe', 'worker-started', {})
  for (const line of output.trimEnd().split('\n')) expect(line).toMatch(jsonLine)
})

test('WINRATE_LOG_FORMAT=text holds on a pipe, without colours', async () => {
  const output = await outputOf('pipe', 'worker-started', { WINRATE_LOG_FORMAT: 'text' })
  expect(output).toMatch(textLine)
  expect(output).not.toContain(colour)
  expect(output).not.toContain('Ctrl-C')
})
