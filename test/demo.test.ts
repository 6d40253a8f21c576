// Runs the demo as its users do: the built program, its exit codes, its output, and what it leaves behind.
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { beforeEach, expect, test } from 'vitest'
import {
  childrenOf,
  createScratchFolder,
  nothingIsLeftOf,
  startDemoProcess,
} from './support/demo-process.ts'
import { waitUntil } from './support/wait-until.ts'

const main = fileURLToPath(new URL('../demo/dist/main.js', import.meta.url))
const header = 'source,task,query_id,model,provider,success,quality,latency_ms,cost_usd'
const short = ['--json', '--instances', '2', '--interval-ms', '100']

interface Rates {
  readonly decisions: number
  readonly random: number
  readonly first: number
  readonly learned: number
  readonly learnedLastQuarter: number | null
  readonly bestSingle: number
  readonly bestPerTask: number
}

interface Report {
  readonly published: number
  readonly stored: number
  readonly duplicates: number
  readonly rejected: number
  readonly queued: number
  readonly snapshots: number
  readonly routeP50Ns: number
  readonly routeP99Ns: number
  readonly outcomeToSnapshotMs: number
  readonly overall: Rates
  readonly tasks: Readonly<Record<string, Rates>>
}

let folder = ''
beforeEach(async () => {
  folder = await createScratchFolder()
})

const startDemo = (args: readonly string[]) => startDemoProcess(main, args, { folder })

async function runDemo(args: readonly string[]) {
  const demo = startDemo(args)
  const exitCode = await demo.end()
  return { exitCode, ...demo.output }
}

/** The last line of stdout, which must be one JSON object. */
function reportOf(stdout: string): Report {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
}

const anyRates = {
  decisions: expect.any(Number),
  random: expect.any(Number),
  first: expect.any(Number),
  learned: expect.any(Number),
  learnedLastQuarter: expect.toBeOneOf([expect.any(Number), null]),
  bestSingle: expect.any(Number),
  bestPerTask: expect.any(Number),
}

async function childOf(parent: number, part: string): Promise<number> {
  const children = await childrenOf(parent)
  const found = children.find(({ command }) => command.includes(part))
  if (found === undefined) throw new Error(`no child runs ${part}`)
  return found.pid
}

test('A short run on the bundled data stores everything it publishes and reports so in one line', async () => {
  const { exitCode, stdout, stderr } = await runDemo([...short, '--limit', '60'])
  expect(stderr).toContain('Every published outcome is stored, once.')
  expect(exitCode).toBe(0)
  expect(stdout.trimEnd().split('\n')).toHaveLength(1)
  const report = reportOf(stdout)
  expect(report).toStrictEqual({
    ...{ published: 120, stored: 120, duplicates: 0, rejected: 0, queued: 0 },
    ...{ snapshots: expect.any(Number), outcomeToSnapshotMs: expect.any(Number) },
    ...{ routeP50Ns: expect.any(Number), routeP99Ns: expect.any(Number) },
    ...{ overall: anyRates, tasks: expect.objectContaining({ planning: anyRates }) },
  })
  expect(report.snapshots).toBeGreaterThan(10)
  expect(report.routeP99Ns).toBeGreaterThanOrEqual(report.routeP50Ns)
  expect(report.overall.decisions).toBe(120)
  const perTask = Object.values(report.tasks).map(({ decisions }) => decisions)
  expect(perTask.reduce((sum, decisions) => sum + decisions, 0)).toBe(120)
  expect(await readdir(folder)).toEqual([])
})

test('The fleet learns from custom data, and the report names outcomes without a task type', async () => {
  const rows = Array.from({ length: 400 }, (_, at) => [
    `mine,sql,q${at},a-bad,p,0,0.1,900,0.02`,
    `mine,sql,q${at},b-good,p,1,0.9,300,0.01`,
    `mine,odd,q${at},b-good,p,1,,,`,
  ])
  const data = join(folder, 'mine.csv.gz')
  const map = join(folder, 'map.json')
  await writeFile(data, gzipSync([header, ...rows.flat(), ''].join('\n')))
  await writeFile(map, '{"mine": {"sql": "sql-review"}}')
  const options = ['--data', data, '--task-map', map, '--policy', 'threshold:0', '--seed', '3']
  // Long enough that a busy machine makes a snapshot of outcomes before the last quarter, too.
  const long = ['--json', '--instances', '2', '--interval-ms', '250']
  const { exitCode, stdout, stderr } = await runDemo([...long, ...options])
  expect(exitCode).toBe(0)
  expect(stderr).toContain('400 outcomes of categories without a task type (mine/odd)')
  const report = reportOf(stdout)
  expect(Object.keys(report.tasks)).toEqual(['sql-review'])
  // Without exploration both begin with the first name, which always fails. Only the loop through
  // queue, worker and snapshot can make them choose the other.
  expect(report.overall).toMatchObject({ decisions: 800, first: 0, random: 0.5 })
  expect(report.overall).toMatchObject({ bestSingle: 1, bestPerTask: 1, learnedLastQuarter: 1 })
  expect(report.overall.learned).toBeLessThan(1)
})

test('Outcomes carry published quality, time and cost; --serve keeps the worker running', async () => {
  const data = join(folder, 'mine.csv.gz')
  const map = join(folder, 'map.json')
  await writeFile(data, gzipSync(`${header}\nmine,sql,q1,m,p,1,0.75,120,0.5\n`))
  await writeFile(map, '{"mine": {"sql": "sql-review"}}')
  const demo = startDemo([...short, '--data', data, '--task-map', map, '--serve'])
  await demo.says('until Ctrl-C')
  const url = /until Ctrl-C: (http:\S+)/.exec(demo.output.stderr)?.[1]
  const children = await childrenOf(demo.pid)
  const metrics = await (await fetch(`${url}/v1/metrics`)).json()
  expect(metrics).toMatchObject({
    metrics: [
      {
        ...{ taskType: 'sql-review', modelName: 'm', provider: 'p', samples: 2, successes: 2 },
        ...{ avgQuality: 0.75, avgResponseTimeMs: 120, avgCostUsd: 0.5, instances: 2 },
      },
    ],
  })
  expect(reportOf(demo.output.stdout).stored).toBe(2)
  demo.kill('SIGTERM')
  expect(await demo.end()).toBe(0)
  await rm(data)
  await rm(map)
  await nothingIsLeftOf(children, folder)
})

test('A worker killed under load is restarted, and nothing is lost or counted twice', async () => {
  const demo = startDemo(['--json', '--instances', '4', '--interval-ms', '200', '--limit', '600'])
  for (const step of [20, 50]) {
    await waitUntil(
      () => {
        const shown = [...demo.output.stderr.matchAll(/^ +(\d+) % /gm)].map(([, share]) => share)
        return shown.some((share) => Number(share) >= step)
      },
      { describe: `the replay to reach ${step} %` },
    )
    process.kill(await childOf(demo.pid, 'central-worker/dist/main.js'), 'SIGKILL')
  }
  expect(await demo.end()).toBe(0)
  expect(demo.output.stderr.match(/the worker ended \(SIGKILL\)/g)).toHaveLength(2)
  expect(reportOf(demo.output.stdout)).toMatchObject({
    ...{ published: 2400, stored: 2400, rejected: 0, queued: 0 },
  })
})

test('An instance that dies fails the run and leaves nothing behind', async () => {
  const demo = startDemo(short)
  await demo.says('decisions, ')
  const children = await childrenOf(demo.pid)
  process.kill(await childOf(demo.pid, 'instance/main.js'), 'SIGKILL')
  expect(await demo.end()).toBe(1)
  expect(demo.output.stderr).toMatch(/winrate demo: instance \d died \(SIGKILL\)/)
  expect(demo.output.stdout).toBe('')
  await nothingIsLeftOf(children, folder)
})

test('Ctrl-C ends every process and leaves no folder', async () => {
  const demo = startDemo(short)
  await demo.says('decisions, ')
  const children = await childrenOf(demo.pid)
  expect(children.length).toBeGreaterThanOrEqual(4)
  demo.kill('SIGINT')
  expect(await demo.end()).toBe(130)
  await nothingIsLeftOf(children, folder)
})

test('Ctrl-C during the start leaves nothing behind', async () => {
  const demo = startDemo(short)
  await waitUntil(async () => (await readdir(folder)).length > 0, { describe: 'a folder' })
  demo.kill('SIGINT')
  expect(await demo.end()).toBe(130)
  await nothingIsLeftOf([], folder)
})

test('The next demo removes what a killed one left behind', async () => {
  const killed = startDemo(short)
  await killed.says('decisions, ')
  const children = await childrenOf(killed.pid)
  killed.kill('SIGKILL')
  await killed.end()
  const next = await runDemo([...short, '--limit', '5'])
  expect(next.stderr).toContain('removed what 1 killed demo(s) left behind')
  expect(next.exitCode).toBe(0)
  await nothingIsLeftOf(children, folder)
})

test('--help prints the help and exits with 0', async () => {
  const { exitCode, stdout } = await runDemo(['--help'])
  expect(exitCode).toBe(0)
  expect(stdout).toContain('--task-map')
})

test('Mistakes in options and data exit with code 2 and say what is wrong', async () => {
  const files = {
    'plain.csv.gz': `${header}\ns,c,q,m,p,1,,,\n`,
    'header.csv.gz': gzipSync('model,success\nm,1\n'),
    'row.csv.gz': gzipSync(`${header}\ns,c,q,m,p,1,,,\ns,c,q,m,p,maybe,,,\n`),
    'good.csv.gz': gzipSync(`${header}\ns,c,q,m,p,1,,,\n`),
    'map.json': '{"other": {"c": "coding"}}',
    'broken.json': '{"other": ',
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  const file = (name: string) => join(folder, name)
  const cases: [string[], RegExp][] = [
    [['--frobnicate'], /frobnicate/],
    [['--instances', 'many'], /--instances must be a whole number/],
    [['--policy', 'greedy'], /--policy must be/],
    [['--data', file('absent.csv.gz')], /absent\.csv\.gz: cannot be read/],
    [['--data', file('plain.csv.gz')], /plain\.csv\.gz: is not a whole gzip file/],
    [['--data', file('header.csv.gz')], /first line must be exactly source,task/],
    [['--data', file('row.csv.gz')], /row\.csv\.gz: line 3: success must be 0 or 1/],
    [['--data', file('good.csv.gz'), '--task-map', file('map.json')], /no category .* s\/c/],
    [['--task-map', file('broken.json')], /broken\.json: is not JSON/],
  ]
  for (const [args, message] of cases) {
    const { exitCode, stdout, stderr } = await runDemo([...args, '--json'])
    expect({ args, exitCode, stdout }).toEqual({ args, exitCode: 2, stdout: '' })
    expect(stderr).toMatch(message)
  }
})
