import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const client = new URL('../../dist/index.js', import.meta.url).href

/** Runs a program with a router, and returns what it wrote. */
function run(program: string) {
  const code = `import { createRouter } from ${JSON.stringify(client)}\n${program}`
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', code],
    { encoding: 'utf8' },
  )
  return { stdout, lines: stderr.split('\n').filter((line) => line !== ''), status }
}

const THREE_LOST = `for (let at = 0; at < 3; at += 1) {
  const { decisionId } = router.route('hello', 'chat')
  router.recordPreference({ decisionId, success: true })
}`

test('by default a router says a line for each cause on the standard error', () => {
  const { stdout, lines, status } = run(`const router = createRouter()\n${THREE_LOST}
    router.route('hello', 'chat', { prefr: 'cost' })
    router.route('hello', 'chat', { prefr: 'cost' })`)
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 })
  expect(lines).toEqual([
    'winrate: outcomes dropped: createRouter was given no outcomes sink (reason no-sink, count 1, total 1)',
    'winrate: request problem: options.prefr is not an option (did you mean prefer?)',
  ])
})

test('logger: false silences a router', () => {
  expect(run(`const router = createRouter({ logger: false })\n${THREE_LOST}`).lines).toEqual([])
})

test('what others have written cannot steer a terminal, nor fill it', () => {
  const { lines } = run(
    "createRouter().route('hello', 'chat', { ['\\u001b[2J\\n' + 'x'.repeat(5_000)]: 1 })",
  )
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(
    /^winrate: request problem: options\.\uFFFD\[2J\uFFFDx+ is not an option$/,
  )
  expect(lines[0]?.length).toBeLessThan(200)
})

test('a standard error that nobody reads does not end the process', () => {
  const { stdout, status } = run(`process.stderr.destroy()
    const router = createRouter()\n${THREE_LOST}
    console.log('alive')`)
  expect({ stdout, status }).toEqual({ stdout: 'alive\n', status: 0 })
})
