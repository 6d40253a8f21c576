// Each case runs in a process of its own: the warning comes once for a process.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const entry = new URL('../dist/index.js', import.meta.url).href

/** What a user sees: stderr of a process that runs the script. */
async function stderrOf(script: string): Promise<string> {
  const prepared = `
    const evaluate = () => import(${JSON.stringify(entry)} + '?' + Math.random())
    const source = (address) => ({
      expectsUpdates: true, address, start() {}, stop: async () => {},
      status: () => ({ kind: 'test', state: 'streaming' }),
    })
    // As a source with a stream does.
    const held = []
    const streaming = (address) => ({ ...source(address), start: (receiver) => held.push(receiver) })
    ${script}
  `
  const { stderr } = await run(process.execPath, [
    '--expose-gc',
    '--input-type=module',
    '-e',
    prepared,
  ])
  return stderr
}

test('a router for each edit of a module is reported once, with the recipe', async () => {
  const stderr = await stderrOf(`
    for (let edit = 0; edit < 5; edit += 1) {
      const { createRouter } = await evaluate()
      createRouter({ snapshots: streaming('http://worker'), policy: { kind: 'threshold' } })
    }
  `)
  expect(stderr.match(/WINRATE_OPEN_ROUTERS/g)).toHaveLength(1)
  expect(stderr).toContain('globalThis.router ??= createRouter(')
})

test('routers of one instanceId are reported by that name, whatever their options are', async () => {
  const stderr = await stderrOf(`
    const { createRouter } = await evaluate()
    for (const models of [['a'], ['b'], ['c']]) {
      createRouter({ snapshots: streaming('http://worker'), instanceId: 'agent-1', models })
    }
  `)
  expect(stderr.match(/WINRATE_OPEN_ROUTERS/g)).toHaveLength(1)
  expect(stderr).toContain('"agent-1"')
})

test.each([
  ['are closed', "await createRouter({ snapshots: streaming('http://worker') }).close()"],
  [
    'have gone with all that they held',
    // The timer that watches the snapshot's age ends then.
    `await (async () => {
      const router = createRouter({ snapshots: source('http://worker'), staleAfterMs: 1, logger: false })
      while (!router.status().stale) await new Promise((resolve) => setTimeout(resolve, 1))
    })()
    await new Promise(setImmediate)
    gc()`,
  ],
  ['have other addresses', "createRouter({ snapshots: streaming('http://worker-' + at) })"],
  [
    'have other options',
    "createRouter({ snapshots: streaming('http://worker'), models: ['m' + at] })",
  ],
  [
    'have other names',
    "createRouter({ snapshots: streaming('http://worker'), instanceId: 'agent-' + at })",
  ],
  ['receive nothing', "createRouter({ instanceId: 'agent-1' })"],
])('routers that %s are not reported', async (_, create) => {
  const stderr = await stderrOf(`
    const { createRouter } = await evaluate()
    for (let at = 0; at < 5; at += 1) { ${create} }
  `)
  expect(stderr).toBe('')
})

test('the recipe keeps one router', async () => {
  const stderr = await stderrOf(`
    for (let edit = 0; edit < 5; edit += 1) {
      const { createRouter } = await evaluate()
      globalThis.router ??= createRouter({ snapshots: streaming('http://worker') })
    }
  `)
  expect(stderr).toBe('')
})
