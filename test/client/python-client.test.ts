// The Python client of examples/python: its own tests, its chances beside the router's, and its outcomes at a real worker.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createRouter } from '@winrate/router-client'
import {
  type SnapshotRow,
  snapshotTextFromTable,
  staticSource,
} from '@winrate/router-client/testing'
import { readReference } from '@winrate/shared-schema/contracts'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { startWorkerProcess } from '../support/worker-process.ts'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('../../examples/python', import.meta.url))

/** Undefined where there is no Python that the client runs on. */
const python = await run('python3', ['-c', 'import sys; assert sys.version_info >= (3, 9)']).then(
  () => 'python3',
  () => undefined,
)
const skipped =
  python === undefined ? ' (skipped: there is no python3 of version 3.9 or newer)' : ''
const database = await createTestDatabase()

async function runPython(args: readonly string[], environment: Record<string, string> = {}) {
  const env = { PATH: process.env['PATH'] ?? '', PYTHONDONTWRITEBYTECODE: '1', ...environment }
  return await run('python3', [...args], { cwd: folder, env })
}

const tasks = ['coding', 'chat', 'research', 'sql-review']
const models = [
  { provider: 'p', name: 'small' },
  { provider: 'p', name: 'large' },
  { provider: 'q', name: 'large' },
  { provider: 'q', name: 'thinker', thinkingLevel: 'low' },
  { provider: 'q', name: 'thinker', thinkingLevel: 'high' },
  { provider: 'anthropic', name: 'claude-opus' },
  { provider: 'codex', name: 'codex' },
]

const isPriced = (model: string) => model === 'claude-opus' || model === 'codex'

/** Numbers from 0 to 1, the same in every run. */
function numbers(seed: number) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function aSnapshot(seed: number): string {
  const next = numbers(seed)
  const isLearned = next() < 0.8
  const costs = next()
  // The router works the cost of a call out by list prices, where it has some and nobody has measured it.
  const hasCost = (model: string) =>
    costs < 0.4 || (costs < 0.7 && !isPriced(model) && next() < 0.8)
  const rows = tasks.flatMap((taskType): SnapshotRow[] =>
    models.flatMap(({ name, ...model }) => {
      if (costs > 0.4 && next() < 0.3) return []
      const samples = Math.floor(next() ** 3 * 400) + (costs < 0.4 ? 5 : 0)
      const successes = Math.floor(next() * (samples + 1))
      return {
        ...{ taskType, model: name, ...model, samples, successes },
        ...(isLearned && { evidence: samples * next(), reward: next() }),
        ...(isLearned && next() < 0.5 && { fadedEvidence: 40 * next(), fadedReward: next() }),
        ...(hasCost(name) && samples > 0 && { costUsd: 10 ** (-4 * next()) }),
      }
    }),
  )
  const known = new Set(rows.map(({ taskType }) => taskType))
  const ofTasks = (make: () => number) => [...known].map(make)
  return snapshotTextFromTable(rows, {
    policy: {
      kind: 'thompson',
      ...(next() < 0.5 && { priorMass: 1 + 40 * next() }),
      ...(next() < 0.5 && { sharpness: 1 + 3 * next() }),
      ...(next() < 0.5 && { exploration: 0.2 * next(), costWeight: next() }),
      tasks: { chat: { kind: 'thompson', exploration: 0.3, costWeight: 0 } },
    },
    bases: {
      mean: ofTasks(next),
      certainty: ofTasks(next),
      priorMass: ofTasks(() => 3 + 57 * next()),
    },
    ...(next() < 0.5 && { similarity: { one: [0, 1], other: [1, 2], value: [next(), next()] } }),
    ...(next() < 0.5 && { defaults: { 'sql-review': { small: next(), thinker: next() } } }),
  })
}

/** What the router makes of a snapshot, or of none. */
async function chancesOf(snapshot: string | null) {
  const source = snapshot === null ? {} : { snapshots: staticSource(snapshot) }
  const router = createRouter({ logger: false, ...source })
  await router.ready({ timeoutMs: 10_000 })
  expect(router.status().snapshot?.version).toBe(snapshot === null ? undefined : 1)
  const cases = [...tasks, 'planning', 'unheard-of'].map((task) => {
    const candidates = models.map(({ name, ...model }) => ({ model: name, ...model }))
    const ranked = router.rankedForTask(task, { candidates })
    const chances = models.map(
      ({ provider, name, thinkingLevel }) =>
        ranked.find(
          (one) =>
            one.modelName === name &&
            one.provider === provider &&
            one.thinkingLevel === thinkingLevel,
        )?.chance,
    )
    return { task, chances }
  })
  await router.close()
  return { snapshot, models, cases }
}

test.skipIf(python === undefined)(`its chances are those of the router${skipped}`, async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'winrate-python-'))
  onTestFinished(() => rm(scratch, { recursive: true, force: true }))
  const fixture = join(scratch, 'chances.json')
  const snapshots = [null, ...Array.from({ length: 20 }, (_, seed) => aSnapshot(seed))]
  await writeFile(fixture, JSON.stringify(await Promise.all(snapshots.map(chancesOf))))
  const { stderr } = await runPython(['-m', 'unittest', '-v'], { WINRATE_CHANCES: fixture })
  expect(stderr).toMatch(/^test_chances_are_those_of_the_router .* ok$/m)
})

const SECRET = 'a secret of more than thirty-two characters'

const agent = `
import json, sys
from winrate import MODELS, Router
router = Router("python/1 é", url=sys.argv[1], background=False)
router.refresh()
first = router.snapshot.version
router.refresh()
decision = router.route("coding")
router.record(decision, success=None, response_time_ms=1200, cost_usd=0.25)
router.record(decision.fallbacks[0], success=False, failure="timeout")
left = router.flush()
router.record(decision.reference(), success=True)
print(json.dumps({
  "left": [left, router.close()], "first": first, "version": router.snapshot.version, "problem": router.problem,
  "propensity": decision.propensity, "id": decision.decision_id, "name": decision.candidate.name,
  "provider": decision.candidate.provider, "fallback": decision.fallbacks[0].candidate.name,
  "reference": decision.reference(), "signed": decision.reference(sys.argv[2]),
}))`

test.skipIf(python === undefined)(
  `its outcomes and references are those of the worker${skipped}`,
  async () => {
    const worker = await startWorkerProcess({
      ...{ DATABASE_URL: database.url, WINRATE_REFERENCE_SECRET: SECRET },
      WINRATE_POLICY_EXPLORATION: '0.5',
    })
    const isServed = async () => (await fetch(`${worker.url}/v1/snapshot`)).ok
    await waitUntil(isServed, { describe: 'a snapshot' })
    const { stdout } = await runPython(['-c', agent, worker.url, SECRET])
    const said = JSON.parse(stdout)
    expect(said).toMatchObject({ left: [0, 0], version: said.first, problem: null })
    expect(said.propensity).toBeGreaterThan(0)
    expect(said.propensity).toBeLessThan(1)

    const referred = {
      ...{ instance_id: 'python/1 é', decision_id: said.id, snapshot_version: said.version },
      ...{ task_type: 'coding', model_name: said.name, provider: said.provider, attempt: 1 },
      propensity: said.propensity,
    }
    expect(readReference(said.reference)).toMatchObject(referred)
    expect(readReference(said.signed)).toMatchObject(referred)
    const inSql = await database.rows('select winrate.read_reference($1) as said', [said.reference])
    expect(inSql).toEqual([{ said: referred }])
    const thumb = await fetch(`${worker.url}/v1/feedback`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reference: said.signed, success: true, feedbackText: 'good' }),
    })
    expect(thumb.status).toBe(202)

    const rows = () =>
      database.rows<Record<string, unknown>>(
        `select model_name, success, response_time_ms, cost_usd, response_quality, feedback_text, failure_kind, attempt,
           instance_id, winrate.is_drawn(propensity) as "isDrawn"
         from winrate.task_preferences where counted and decision_id = $1 order by attempt`,
        [said.id],
      )
    // Until a correction is applied, both words of a call count.
    const isComplete = async () => {
      const [call, fallback, ...others] = await rows()
      return call?.['feedback_text'] === 'good' && fallback !== undefined && others.length === 0
    }
    await waitUntil(isComplete, { describe: 'what was said later completes the call' })
    const shared = { instance_id: 'python/1 é', response_quality: null, feedback_text: null }
    expect(await rows()).toEqual([
      {
        ...shared,
        ...{ model_name: said.name, success: true, response_time_ms: 1200, cost_usd: 0.25 },
        ...{ feedback_text: 'good', failure_kind: null, attempt: 1 },
        isDrawn: true,
      },
      {
        ...shared,
        ...{ model_name: said.fallback, success: false, response_time_ms: null, cost_usd: null },
        ...{ failure_kind: 'transport', attempt: 2, isDrawn: false },
      },
    ])
  },
)

test.skipIf(python === undefined)(
  `its example runs with and without a worker${skipped}`,
  async () => {
    const worker = await startWorkerProcess({ DATABASE_URL: database.url })
    const isServed = async () => (await fetch(`${worker.url}/v1/snapshot`)).ok
    await waitUntil(isServed, { describe: 'a snapshot' })
    const served = await runPython(['agent.py'], { WINRATE_URL: worker.url })
    expect(served.stdout).toMatch(
      /^snapshot \d+ decides\ncall \S+ of \S+, drawn with probability [01]\.\d+\nthe outcome is sent\n$/,
    )
    await worker.stop()
    const alone = await runPython(['agent.py'], { WINRATE_URL: worker.url })
    expect(alone.stdout).toMatch(
      /^no snapshot yet .* defaults decide\ncall gpt-5-codex .* 1\.000\nno worker took the outcome: it is lost .*\n$/,
    )
  },
)
