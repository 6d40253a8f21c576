// Runs an earlier version and this one side by side on one database, through an upgrade, and accounts for every outcome by its id:
//   node scripts/rehearse-upgrade.mjs COMMIT
// Builds the commit once, in a cache outside the repository. Ends with 1 where an outcome is lost or repeated, where a client
// does not learn, or where a worker ends by itself.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const OUTCOMES = 50
const LIMIT_MS = 120_000

const [commit] = process.argv.slice(2)
if (commit === undefined) {
  console.error('usage: node scripts/rehearse-upgrade.mjs COMMIT')
  process.exit(2)
}
const versions = [
  { name: 'earlier', folder: buildEarlier(commit) },
  { name: 'this', folder: root },
]
const [earlier, present] = await Promise.all(versions.map(load))
const { startEmbeddedPostgres } = await importFrom(root, 'central-worker', 'index.js')
const pg = createRequire(join(root, 'packages/central-worker/package.json'))('pg')

const dataDir = mkdtempSync(join(tmpdir(), 'winrate-rehearsal-'))
const postgres = await startEmbeddedPostgres({ dataDir })
const pool = new pg.Pool({ connectionString: postgres.connectionString, max: 1 })
const recorded = []
const running = new Set()
try {
  await rehearse()
  console.log(`ok: ${recorded.length} outcomes, each stored once`)
} finally {
  for (const worker of running) worker.child.kill('SIGKILL')
  await pool.end()
  await postgres.stop()
  rmSync(dataDir, { recursive: true, force: true })
}

async function rehearse() {
  const old = await startWorker(earlier)
  await report('the earlier worker alone', [old])
  const young = await startWorker(present)
  await report('both workers', [old, young])
  await stop(young)
  await report('the earlier worker alone, on the newer schema', [old])
  const again = await startWorker(present)
  await stop(old)
  await report('this worker alone', [again])
  await startWorker(earlier).then(
    async (worker) => {
      await report('the earlier worker started again, beside this one', [worker, again])
      await stop(worker)
    },
    (error) => console.log(`the earlier worker does not start again: ${error.message}`),
  )
  await stop(again)
}

/** Both clients record with each of the workers and directly, and learn all of it. */
async function report(phase, workers) {
  const startedAt = performance.now()
  const routers = [earlier, present].flatMap(({ name, client }) => {
    const { connectionString } = postgres
    const direct = {
      snapshots: client.postgresSnapshots({ connectionString, pollIntervalMs: 100 }),
      outcomes: client.postgresOutcomes({ connectionString }),
    }
    const overHttp = workers.map(({ url }) => ({
      snapshots: client.httpSnapshots({ url }),
      outcomes: client.httpOutcomes({ url }),
    }))
    return [direct, ...overHttp].map((parts, at) =>
      client.createRouter({ ...parts, instanceId: `${name}-${at}` }),
    )
  })
  try {
    for (const router of routers) {
      for (let at = 0; at < OUTCOMES; at += 1) {
        const outcomeId = newId()
        router.recordPreference({ taskType: 'coding', model: 'codex', success: true, outcomeId })
        recorded.push(outcomeId)
      }
    }
    for (const router of routers) await router.flush()
    await until(async () => (await ids()).length >= recorded.length, `${phase}: all stored`)
    const stored = await ids()
    if (stored.sort().join() !== [...recorded].sort().join()) {
      throw new Error(`${phase}: what is stored differs from what was recorded`)
    }
    for (const router of routers) {
      const learned = () => router.getWinRate('coding', 'codex').samples === recorded.length
      await until(learned, `${phase}: a client learns all`)
    }
  } finally {
    for (const router of routers) await router.close()
  }
  for (const { child } of running) {
    if (child.exitCode !== null) throw new Error(`${phase}: a worker has ended`)
  }
  const took = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${phase}: ${routers.length} clients, ${recorded.length} outcomes so far (${took} s)`)
}

async function ids() {
  const { rows } = await pool.query('select outcome_id::text as id from winrate.task_preferences')
  return rows.map(({ id }) => id)
}

async function startWorker({ name, folder }) {
  const main = join(folder, 'packages/central-worker/dist/main.js')
  const child = spawn(process.execPath, [main, 'start'], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: postgres.connectionString,
      WINRATE_PORT: '0',
      WINRATE_AGGREGATION_INTERVAL_MS: '300',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const worker = { name, child, url: undefined }
  let last = ''
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      last = line
      if (line.includes('"worker-started"')) worker.url = JSON.parse(line).url
    })
  }
  await until(() => worker.url !== undefined || child.exitCode !== null, `${name} worker starts`)
  if (worker.url === undefined) throw new Error(last)
  running.add(worker)
  return worker
}

async function stop(worker) {
  running.delete(worker)
  worker.child.kill('SIGTERM')
  await until(() => worker.child.exitCode !== null, `the ${worker.name} worker stops`)
  if (worker.child.exitCode !== 0)
    throw new Error(`the ${worker.name} worker did not stop in order`)
}

async function load({ name, folder }) {
  return { name, folder, client: await importFrom(folder, 'router-client', 'index.js') }
}

function importFrom(folder, name, file) {
  return import(pathToFileURL(join(folder, 'packages', name, 'dist', file)).href)
}

/** The folder of the commit, installed and built. */
function buildEarlier(given) {
  const git = (...args) => execFileSync('git', args, { cwd: root, maxBuffer: 2 ** 30 })
  const sha = String(git('rev-parse', '--verify', `${given}^{commit}`)).trim()
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'winrate', 'versions')
  const folder = join(cache, sha)
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const unfinished = mkdtempSync(join(cache, `${sha}.`))
  console.error(`building ${sha}…`)
  execFileSync('tar', ['-x', '-C', unfinished], { input: git('archive', sha) })
  execFileSync('node', ['scripts/with-build.mjs', 'node', '-e', '0'], {
    cwd: unfinished,
    stdio: ['ignore', 2, 2],
  })
  renameSync(unfinished, folder)
  return folder
}

/** As router-client makes them: of version 7. */
function newId() {
  const hex = Date.now().toString(16).padStart(12, '0')
  const random = crypto.randomUUID()
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${random.slice(15)}`
}

async function until(condition, what) {
  const deadline = performance.now() + LIMIT_MS
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${LIMIT_MS / 1000} s: ${what}`)
    await sleep(50)
  }
}
