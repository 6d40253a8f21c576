// The command line as an operator and a script use it: help, misuse, JSON, pipes, and commands on a database.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { commands } from '../packages/central-worker/src/command-table.ts'
import { ingestMessages } from '../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../packages/central-worker/src/observability/create-logger.ts'
import { foldIncrements } from '../packages/central-worker/src/postgres/fold-increments.ts'
import { createTicker } from '../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from './support/outcomes.ts'
import { createTestDatabase } from './support/test-database.ts'
import { waitUntil } from './support/wait-until.ts'
import { runWorkerCommand } from './support/worker-process.ts'

const mainFile = fileURLToPath(
  new URL('../packages/central-worker/dist/bundle/main.js', import.meta.url),
)
const database = await createTestDatabase()
const environment = { DATABASE_URL: database.url }
const run = (...args: string[]) => runWorkerCommand(args, environment)
const ticker = createTicker({
  pool: database.pool,
  logger: createLogger('silent'),
  windowDays: 7,
  policy: { kind: 'thompson', exploration: 0.05 },
})
const PROPENSITY = { propensity: 0.5, decision_id: undefined }

beforeAll(async () => {
  await sendMessages(
    database,
    aSealedBatch([
      ...Array.from({ length: 30 }, (_, at) =>
        anOutcome({ ...PROPENSITY, success: at % 3 > 0, instance_id: `web-${at % 3}` }),
      ),
      anOutcome({ success: 'perhaps' }),
      anOutcome({ success: 'perhaps' }),
    ]),
  )
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
  await foldIncrements(database.pool)
  for (let ticks = 0; ticks < 2; ticks += 1) await ticker.runOnce()
})

describe('help', () => {
  // docs/cli.md holds the pages of all commands, and a unit test compares it.
  test.each(['start', 'pin', 'evaluate'])('of %s, whatever else is typed', async (word) => {
    const help = await runWorkerCommand([word, '--help'], { WINRATE_PORT: 'many' })
    expect({ ...help, stdout: '' }).toEqual({ exitCode: 0, stdout: '', stderr: '' })
    expect(help.stdout).toContain(`Usage: npx winrate ${word}`)
    expect(help.stdout).toMatch(/Exit code: 0 done; 1 .*; 2 misused/)
    expect(await runWorkerCommand(['help', word], {})).toEqual(help)
    expect(await runWorkerCommand([word, 'more', '-h', 'again'], {})).toEqual(help)
  })

  test('of all: every command with its operands', async () => {
    const help = await runWorkerCommand(['--help'], {})
    expect(help.exitCode).toBe(0)
    for (const { word, summary } of commands) {
      const lines = help.stdout.split('\n').filter((line) => line.startsWith(`  ${word} `))
      expect(lines).toEqual([expect.stringContaining(` ${summary}`)])
    }
    expect(help.stdout).toContain('quarantine INSTANCE REASON ')
    expect((await runWorkerCommand(['--version'], {})).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

test.each([
  [[], 'a command is missing', 'npx winrate --help'],
  [['fly'], "unknown command 'fly'", 'npx winrate --help'],
  [['staus'], 'did you mean status?', 'npx winrate --help'],
  [['help', 'qarantine'], 'did you mean quarantine?', 'npx winrate --help'],
  [['pin'], "missing required argument 'VERSION'", 'npx winrate pin [options] VERSION'],
  [['pin', 'x'], 'VERSION: must be a number', 'npx winrate pin --help'],
  [['pin', '3', '--jsn'], 'did you mean --json?', 'npx winrate pin --help'],
  [['evaluate', '--taks-type', 'a'], 'did you mean --task-type?', 'npx winrate evaluate --help'],
  [['evaluate', '--days', 'x'], '--days: must be a number above 0', 'npx winrate evaluate'],
  [['evaluate', '--policy'], '--policy <FILE>', 'npx winrate evaluate'],
  [['canary', 'some'], 'SHARE|promote|abort: must be', 'npx winrate canary'],
  [['canary', '-0.5'], 'SHARE|promote|abort: must be', 'npx winrate canary'],
  [['quarantine', 'web-1', 'lies', 'a lot'], 'Put several words in quotes', 'INSTANCE REASON'],
  [['quarantine', '-web-1', 'lies'], 'comes after "--"', 'INSTANCE REASON'],
  [['completion', 'tcsh'], 'SHELL: must be bash, zsh, fish', 'npx winrate completion SHELL'],
  [['start', '--fast'], "unknown option '--fast'", 'npx winrate start --help'],
  [['fly\u001b[2J'], '\\u001b[2J', 'npx winrate --help'],
])(
  'misuse %j exits with code 2 and says what is wrong and where help is',
  async (args, problem, hint) => {
    const command = await run(...args)
    expect(command.exitCode).toBe(2)
    expect(command.stderr).toContain(problem)
    expect(command.stderr).toContain(hint)
    expect(command.stdout).toBe('')
  },
)

test('names and reasons may begin with dashes and hold spaces', async () => {
  const left = await run('quarantine', '--json', '--', '-web 9', '--says yes to all')
  expect(JSON.parse(left.stdout)).toMatchObject({
    instanceId: '-web 9',
    verdict: { verdict: 'quarantined', reason: '--says yes to all' },
  })
  expect((await run('release', '--', '-web 9')).exitCode).toBe(0)
})

const withFacts = commands.filter(({ facts }) => facts !== undefined)
/** What each needs to print facts; the others need nothing. */
const operandsOf: Record<string, string[]> = {
  pin: ['1'],
  canary: ['0.5'],
  quarantine: ['web-1', 'a test'],
  release: ['web-1'],
  explain: ['coding'],
  token: ['list'],
  project: ['list'],
  forget: ['--instance', 'nobody'],
  requeue: ['success_invalid'],
  'new-fleet': ['staging'],
  import: ['--list'],
  catalogue: ['import', fileURLToPath(new URL('fixtures/catalogue.json', import.meta.url))],
}

describe('--json', () => {
  test.each(withFacts)(
    'of $word is one object of the documented shape',
    async ({ word, facts }) => {
      const command = await run(word, '--json', ...(operandsOf[word] ?? []))
      expect(command.stdout.trim().split('\n')).toHaveLength(1)
      const printed: unknown = JSON.parse(command.stdout)
      // The shape drops what it does not name.
      expect(facts?.parse(printed)).toEqual(printed)
    },
  )

  test('tells the same as the text', async () => {
    await ticker.runOnce()
    const { stdout } = await run('status', '--json')
    const facts = JSON.parse(stdout)
    const text = (await run('status')).stdout
    expect(facts.metrics).toHaveLength(1)
    expect(text).toContain(`version ${facts.snapshot.version} of epoch ${facts.snapshot.epoch}`)
    expect(text).toContain(`Instances in the last ${facts.windowDays} days: ${facts.instances}.`)
    expect(text).toContain(String(facts.metrics[0].samples))
  })

  test('leaves errors to the standard error', async () => {
    const command = await run('pin', '999', '--json')
    expect(command).toMatchObject({ exitCode: 1, stdout: '' })
    expect(command.stderr).toContain('snapshot version 999 is not kept')
  })
})

describe('a reader that goes away', () => {
  /** Runs the command with closed pipes behind its output. */
  async function withoutReader(streams: 'stdout' | 'both', ...args: string[]) {
    const child = spawn(process.execPath, [mainFile, ...args], {
      env: { PATH: process.env['PATH'] ?? '', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const closed = once(child, 'close')
    child.stdout.destroy()
    let stderr = ''
    if (streams === 'both') child.stderr.destroy()
    else
      child.stderr.on('data', (chunk) => {
        stderr += String(chunk)
      })
    await closed
    return { exitCode: child.exitCode, stderr }
  }

  test.each([
    ['--help'],
    ['help', 'pin'],
    ['status'],
    ['status', '--json'],
    ['quarantines'],
    ['completion', 'bash'],
  ])('changes nothing: %s %s', async (...args) => {
    expect(await withoutReader('stdout', ...args)).toEqual({ exitCode: 0, stderr: '' })
    expect((await withoutReader('both', ...args)).exitCode).toBe(0)
  })

  test('leaves the exit code what it is', async () => {
    expect((await withoutReader('both', 'fly')).exitCode).toBe(2)
    expect((await withoutReader('both', 'pin', '999')).exitCode).toBe(1)
  })

  test('does not stop a change half way', async () => {
    await database.pool.query(
      `insert into winrate.rejected_outcomes (rejected_at, reason, message_id, enqueued_at, payload)
       select now() - interval '1 second', 'many', n, now(), to_jsonb(n)
       from generate_series(1, 2500) as n`,
    )
    expect((await withoutReader('both', 'requeue', 'many')).exitCode).toBe(0)
    const left = `select count(*) from winrate.rejected_outcomes where reason = 'many'`
    expect(await database.count(left)).toBe(0)
  })

  test('of its log does not end a worker, which says so once', async () => {
    const child = spawn(process.execPath, [mainFile, 'start'], {
      env: { PATH: process.env['PATH'] ?? '', ...environment, WINRATE_PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const exited = once(child, 'exit')
    onTestFinished(() => {
      child.kill('SIGKILL')
    })
    let [log, stderr] = ['', '']
    child.stdout.on('data', (chunk) => {
      log += String(chunk)
    })
    child.stderr.on('data', (chunk) => {
      stderr += String(chunk)
    })
    await waitUntil(() => log.includes('worker-started'), { describe: 'worker-started' })
    const url = /"url":"([^"]+)"/.exec(log)?.[1]
    child.stdout.destroy()
    // Stopping is logged, so the worker notices at the latest then.
    await waitUntil(async () => (await fetch(`${url}/healthz`)).ok, { describe: 'it serves' })
    child.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
    expect(stderr).toBe(
      'winrate: nobody reads the log any more; the worker goes on until SIGTERM or Ctrl-C\n',
    )
  }, 60_000)

  test('output that is lost on a full disk is an error', () => {
    const { status, stderr } = spawnSync('sh', [
      '-c',
      `"$0" "$1" --help > /dev/full`,
      process.execPath,
      mainFile,
    ])
    expect(status).toBe(1)
    expect(String(stderr)).toContain('the output was lost: ENOSPC')
  })
})

test('an unknown reason is refused, and the known ones are listed', async () => {
  await database.pool.query(
    `insert into winrate.rejected_outcomes (rejected_at, reason, message_id, enqueued_at, payload)
     values (now(), 'task_type_invalid', 1, now(), '{}'), (now(), 'task_type_invalid', 2, now(), '{}')`,
  )
  const command = await run('requeue', 'task_type_invaild')
  expect(command).toMatchObject({ exitCode: 1, stdout: '' })
  expect(command.stderr).toContain(
    'no dead letter has the reason "task_type_invaild" (did you mean task_type_invalid?)',
  )
  expect(command.stderr).toMatch(/^2 +task_type_invalid$/m)
  const { reasons } = JSON.parse((await run('dead-letters', '--json')).stdout)
  expect(reasons).toContainEqual(
    expect.objectContaining({ reason: 'task_type_invalid', deadLetters: 2 }),
  )
})

test('an unknown task type is refused, and the known ones are listed', async () => {
  const command = await run('evaluate', '--task-type', 'codnig')
  expect(command.exitCode).toBe(1)
  expect(command.stderr).toContain(
    'no outcome is of task type "codnig" (did you mean coding?); there are coding',
  )
})

test('an aborted canary says what is served next', async () => {
  await ticker.runOnce()
  expect((await run('canary', '0.5')).stdout).toContain('50.0 % of the instances')
  const { stdout } = await run('canary', 'abort')
  expect(stdout).toMatch(/The next tick gives current metrics to all; "npx winrate pin \d+" stays/)
  expect(stdout).not.toContain('is pinned')
})

test.each([
  ['postgres://agent:secret-word@127.0.0.1:1/x', 'is the database of DATABASE_URL running'],
  ['postgres://agent:secret-word@nowhere.invalid/x', 'is the database of DATABASE_URL running'],
  [
    Object.assign(new URL(database.url), { pathname: '/none_here' }).href,
    'does not exist: create it, or correct DATABASE_URL',
  ],
])('a database that is not there: %s', async (url, advice) => {
  const status = await runWorkerCommand(['status', '--json'], { DATABASE_URL: url })
  expect(status).toMatchObject({ exitCode: 1, stdout: '' })
  expect(status.stderr).toContain(advice)
  expect(status.stderr).not.toContain('secret-word')
})

test('a worker whose port is taken says how to choose another', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await once(other, 'listening')
  const address = other.address()
  if (address === null || typeof address === 'string') throw new Error('a port was expected')
  const start = await runWorkerCommand(['start'], {
    ...environment,
    WINRATE_PORT: String(address.port),
  })
  expect(start.exitCode).toBe(1)
  expect(start.stderr).toContain(`address already in use 127.0.0.1:${address.port}`)
  expect(start.stderr).toContain('choose another address or port by WINRATE_HOST and WINRATE_PORT')
})

test('doctor on a database without tables says what to do in each line', async () => {
  const empty = await createTestDatabase({ migrated: false })
  const doctor = await runWorkerCommand(['doctor', '--json'], { DATABASE_URL: empty.url })
  expect(doctor.exitCode).toBe(1)
  const { checks } = JSON.parse(doctor.stdout)
  const failed = checks.filter(({ ok }: { ok: boolean }) => !ok)
  expect(failed.length).toBeGreaterThan(5)
  for (const { detail } of failed) expect(detail).toContain('run "npx winrate migrate"')
})

test('a command does not make up an empty database', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-none-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const status = await runWorkerCommand(['status'], { WINRATE_DATA_DIR: folder })
  expect(status).toMatchObject({ exitCode: 1, stdout: '' })
  expect(status.stderr).toContain(`no embedded database in ${folder} yet`)
  expect(status.stderr).toContain('npx winrate start')
})
