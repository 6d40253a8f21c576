// Runs docker-compose.yml as it is: builds, starts, sends an outcome, waits until it counts, stops
// and removes everything. Needs Docker; COMPOSE names the command, by default `docker compose`.
import { spawnSync } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const [compose, ...composeArguments] = (process.env.COMPOSE ?? 'docker compose').split(' ')
const root = fileURLToPath(new URL('../..', import.meta.url))
const secret = () => randomBytes(24).toString('hex')
const tokens = { publish: secret(), read: secret(), admin: secret() }
const env = {
  ...process.env,
  POSTGRES_PASSWORD: secret(),
  WINRATE_PUBLISH_TOKEN: tokens.publish,
  WINRATE_READ_TOKEN: tokens.read,
  WINRATE_ADMIN_TOKEN: tokens.admin,
  WINRATE_AGGREGATION_INTERVAL_MS: '1000',
}

try {
  run('up', '--build', '--detach')
  const workers = containersOf('central-worker')
  expect(workers.length === 2, `two workers run, not ${workers.length}`)
  await until('every container is healthy', 180_000, () =>
    [...workers, ...containersOf('postgres'), ...containersOf('redis')].every(
      (id) => docker('inspect', '--format', '{{.State.Health.Status}}', id) === 'healthy',
    ),
  )
  const addresses = workers.map((id) => `http://${docker('port', id, '8787/tcp').split('\n')[0]}`)
  await checkLoop(addresses)
  run('exec', '-T', 'central-worker', 'npx', 'winrate', 'status')
  run('stop', 'central-worker')
  for (const id of workers) {
    const code = docker('inspect', '--format', '{{.State.ExitCode}}', id)
    expect(code === '0', `a stopped worker exits with 0, not ${code}`)
  }
  console.log('ok')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  spawnSync(compose, [...composeArguments, 'logs', '--tail=50'], {
    cwd: root,
    env,
    stdio: 'inherit',
  })
  process.exitCode = 1
} finally {
  run('down', '--volumes')
}

/** An outcome sent to one worker appears in the snapshot of the other. */
async function checkLoop([first, second]) {
  const refused = await fetch(`${first}/v1/snapshot`)
  expect(refused.status === 401, `no token is refused with 401, not ${refused.status}`)
  const outcome = {
    outcome_id: randomUUID(),
    task_type: 'coding',
    model_name: 'codex',
    provider: 'codex',
    success: true,
    instance_id: 'smoke',
  }
  const published = await fetch(`${first}/v1/outcomes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens.publish}`, 'content-type': 'application/json' },
    body: JSON.stringify(outcome),
  })
  expect(published.status === 202, `an outcome is taken with 202, not ${published.status}`)
  await until('the other worker serves the outcome', 60_000, async () => {
    const answer = await fetch(`${second}/v1/snapshot`, {
      headers: { authorization: `Bearer ${tokens.read}` },
    })
    if (!answer.ok) return false
    const { cells } = await answer.json()
    return cells.samples.reduce((sum, samples) => sum + samples, 0) === 1
  })
}

async function until(what, timeoutMs, holds) {
  const deadline = Date.now() + timeoutMs
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await delay(500)
  }
  console.log(`${what}: yes`)
}

function containersOf(service) {
  const { stdout } = spawnSync(compose, [...composeArguments, 'ps', '-q', service], {
    cwd: root,
    env,
  })
  return stdout.toString().trim().split('\n').filter(Boolean)
}

function docker(...parameters) {
  const { status, stdout, stderr } = spawnSync('docker', parameters)
  expect(status === 0, `docker ${parameters[0]} failed: ${stderr}`)
  return stdout.toString().trim()
}

function run(...parameters) {
  const { status, error } = spawnSync(compose, [...composeArguments, ...parameters], {
    cwd: root,
    env,
    stdio: 'inherit',
  })
  expect(status === 0, `${compose} ${parameters[0]} failed${error ? `: ${error.message}` : ''}`)
}

function expect(holds, otherwise) {
  if (!holds) throw new Error(otherwise)
}
