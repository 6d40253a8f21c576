// The composition root of the quickstart: a worker, two local models, one agent.
import { RunError } from '../errors.ts'
import { endProcess } from '../fleet/end-process.ts'
import type { RunContext } from '../fleet/run-and-clean-up.ts'
import { spawnWorker } from '../fleet/spawn-worker.ts'
import { postgresFolder, takeThrowawayFolder } from '../fleet/throwaway-folder.ts'
import { readWorkerMetrics } from '../fleet/worker-figures.ts'
import { seededRandom } from '../random/seeded-random.ts'
import type { Screen } from '../report/screen.ts'
import { type Agent, createAgent } from './agent.ts'
import { startLocalModels } from './local-models.ts'
import { type KnownWinRate, renderHeading, renderRound } from './render-round.ts'
import { snapshotCounts, workRound } from './rounds.ts'

const INTERVAL_MS = 1_000
const STOP_TIMEOUT_MS = 20_000
const TASKS = 20
const ROUNDS = 7
const SEED = 1

/** How often each model is right, and what the router assumes of it: the opposite. */
const models = [
  { name: 'good-model', success: 0.9, assumed: 0.6 },
  { name: 'bad-model', success: 0.3, assumed: 0.9 },
] as const
const names = [models[0].name, models[1].name] as const
const successRates = Object.fromEntries(models.map(({ name, success }) => [name, success]))
const assumed = Object.fromEntries(models.map((model) => [model.name, model.assumed]))

/** Tasks of the good model in the first and in the last round. */
export interface QuickstartResult {
  readonly tasks: number
  readonly first: number
  readonly last: number
}

/** Runs the rounds and shows each. Throws RunError if the worker ends. */
export async function runQuickstart(
  { cleanups, signal }: RunContext,
  screen: Screen,
): Promise<QuickstartResult> {
  screen.say(
    '',
    `  ${screen.style.bold('Winrate')}  two local models write code; the router learns which of them can`,
    '',
    '  good-model is right 9 times in 10, bad-model 3 times in 10. The router assumes',
    '  the opposite. A worker counts outcomes and publishes a snapshot every second.',
    '',
  )
  const folder = await takeThrowawayFolder(cleanups, screen.say)
  signal.throwIfAborted()
  const worker = spawnWorker({
    WINRATE_DATA_DIR: postgresFolder(folder.path),
    WINRATE_PORT: 0,
    WINRATE_AGGREGATION_INTERVAL_MS: INTERVAL_MS,
  })
  cleanups.add(() => endProcess(worker.child, { signal: 'SIGTERM', timeoutMs: STOP_TIMEOUT_MS }))
  const lost = worker.ended.then((how) => {
    throw new RunError(`the worker ended (${how}); its last lines:\n${worker.lastLines()}`)
  })
  lost.catch(() => {})
  const random = seededRandom(SEED)
  const { baseURL, close } = await startLocalModels(successRates, random)
  cleanups.add(close)
  const url = await worker.url
  signal.throwIfAborted()

  const agent = createAgent({ url, baseURL, assumed, seed: SEED })
  cleanups.add(async () => void (await agent.router.close()))
  return Promise.race([playRounds({ agent, url, random, signal, screen }), lost])
}

interface Stage {
  readonly agent: Agent
  readonly url: string
  readonly random: () => number
  readonly signal: AbortSignal
  readonly screen: Screen
}

async function playRounds(stage: Stage): Promise<QuickstartResult> {
  const { agent, url, random, signal, screen } = stage
  const toGood: number[] = []
  screen.say(...renderHeading(names, TASKS, screen.style))
  for (let round = 1; round <= ROUNDS; round += 1) {
    const known = round === 1 ? defaultWinRates() : await readWinRates(url)
    const result = await workRound(agent, { tasks: TASKS, random })
    signal.throwIfAborted()
    toGood.push(result.tasks.get(names[0]) ?? 0)
    screen.say(renderRound(result, known, names, screen.style))
    await agent.router.flush()
    if (round === ROUNDS) break
    await snapshotCounts(agent.router, names, { outcomes: round * TASKS, signal })
  }
  return { tasks: TASKS, first: toGood.at(0) ?? 0, last: toGood.at(-1) ?? 0 }
}

function defaultWinRates(): KnownWinRate[] {
  return models.map((model) => ({ winRate: model.assumed, samples: 0 }))
}

/** What the worker has learned of each model. */
async function readWinRates(url: string): Promise<KnownWinRate[]> {
  const cells = (await readWorkerMetrics(url))?.metrics ?? []
  return models.map((model) => {
    const cell = cells.find(({ modelName }) => modelName === model.name)
    return { winRate: cell?.winRate ?? model.assumed, samples: cell?.samples ?? 0 }
  })
}
