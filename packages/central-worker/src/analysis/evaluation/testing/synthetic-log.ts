// Logs of decisions in a world whose truth is known, summed up as the database does it.
import { readNaming } from '@winrate/shared-schema/contracts'
import { createModelCatalogue } from '@winrate/shared-schema/scoring'
import { runAtOnce } from '@winrate/shared-schema/steps'
import type { Candidate, CellOutcomes } from '../log/learned-outcomes.ts'
import {
  addMoments,
  type ClusterSums,
  type LoggedSums,
  type Moments,
  noMoments,
} from '../log/logged-outcomes.ts'
import { createExpectedResults, type ExpectedResults } from '../policy/expected-results.ts'
import type { Chance, TargetPolicy } from '../policy/target-policy.ts'

export interface SyntheticModel {
  readonly modelName: string
  /** Probability of success by task type. */
  readonly success: Readonly<Record<string, number>>
  /** Mean cost; undefined where it is never reported. */
  readonly costUsd?: number
}

export interface SyntheticDecision {
  readonly cluster: string
  readonly taskType: string
  readonly candidate: Candidate
  readonly propensity: number
  readonly success: boolean
  readonly costUsd: number | undefined
}

export interface SyntheticLogInput {
  readonly seed: number
  readonly decisions: number
  readonly taskTypes: readonly string[]
  readonly models: readonly SyntheticModel[]
  /** Chooses from what was learned up to the last update. */
  readonly logging: TargetPolicy
  /** Decisions between updates of what was learned. */
  readonly updateEvery: number
  readonly clusters: number
}

export interface SummedLog {
  readonly parts: readonly ExpectedResults[]
  readonly logged: readonly LoggedSums[]
  readonly clusters: readonly (readonly ClusterSums[])[]
}

export function candidateOf(modelName: string): Candidate {
  return { modelName, provider: 'test', thinkingLevel: '' }
}

/** A fleet that learns while it logs: the hardest case for an evaluation. */
export function makeSyntheticLog(input: SyntheticLogInput): SyntheticDecision[] {
  const { seed, decisions, taskTypes, models, logging, updateEvery, clusters } = input
  const random = seededRandom(seed)
  const candidates = models.map((model) => ({ model, candidate: candidateOf(model.modelName) }))
  const log: SyntheticDecision[] = []
  const memory = createMemory()
  for (const taskType of taskTypes) {
    for (const { candidate } of candidates) memory.know(taskType, candidate)
  }
  let chances: readonly (readonly Chance[])[] = []
  while (log.length < decisions) {
    if (log.length % updateEvery === 0) {
      const knowledge = memory.knowledge()
      chances = taskTypes.map((taskType) => logging.chances(knowledge, taskType))
    }
    const task = Math.floor(random() * taskTypes.length)
    const taskType = taskTypes[task] ?? ''
    const chosen = draw(chances[task] ?? [], random())
    const model = models.find(({ modelName }) => modelName === chosen?.candidate.modelName)
    const decision = {
      cluster: `instance-${Math.floor(random() * clusters)}`,
      taskType,
      candidate: candidateOf(model?.modelName ?? ''),
      propensity: chosen?.chance ?? 1,
      success: random() < (model?.success[taskType] ?? 0),
      costUsd: model?.costUsd === undefined ? undefined : model.costUsd * (0.5 + random()),
    }
    memory.add(decision)
    log.push(decision)
  }
  return log
}

/** Cuts a log into parts, each with what was learned before it. */
export function sumLog(log: readonly SyntheticDecision[], parts: number): SummedLog {
  const memory = createMemory()
  const known: ExpectedResults[] = []
  const tallies = new Map<string, Tally>()
  log.forEach((decision, at) => {
    const part = Math.floor((at * parts) / log.length)
    while (known.length <= part) known.push(memory.knowledge())
    memory.add(decision)
    const { cluster, taskType, candidate, propensity, success, costUsd } = decision
    const key = `${cluster} ${part} ${taskType} ${candidate.modelName}`
    let tally = tallies.get(key)
    if (tally === undefined) {
      tally = {
        cluster,
        part,
        taskType,
        candidate,
        verdicts: { ...noMoments },
        costs: { ...noMoments },
      }
      tallies.set(key, tally)
    }
    tallyUp(tally.verdicts, 1 / propensity, success ? 1 : 0)
    if (costUsd !== undefined) tallyUp(tally.costs, 1 / propensity, costUsd)
  })
  const clusters = [...tallies.values()]
    .sort((one, other) => (one.cluster < other.cluster ? -1 : one.cluster > other.cluster ? 1 : 0))
    .flatMap(sumsOf)
  return { parts: known, logged: sumCells(clusters), clusters: [clusters] }
}

/** What one cluster decided in one part and cell. Added to in place: tests make millions of decisions. */
interface Tally {
  readonly cluster: string
  readonly part: number
  readonly taskType: string
  readonly candidate: Candidate
  readonly verdicts: MutableMoments
  readonly costs: MutableMoments
}

type MutableMoments = { -readonly [moment in keyof Moments]: number }

function tallyUp(moments: MutableMoments, u: number, y: number): void {
  moments.count += 1
  moments.u += u
  moments.uu += u * u
  moments.y += y
  moments.yy += y * y
  moments.uy += u * y
  moments.uyy += u * y * y
  moments.uuy += u * u * y
  moments.uuyy += u * u * y * y
}

/** Without rewards, which are one more measure like these: rows of them would be a third of the work. */
function sumsOf({ cluster, part, taskType, candidate, verdicts, costs }: Tally): ClusterSums[] {
  const cell = { cluster, part, taskType, ...candidate }
  const sums: ClusterSums[] = [{ ...cell, measure: 'success', moments: verdicts }]
  if (costs.count > 0) sums.push({ ...cell, measure: 'costUsd', moments: costs })
  return sums
}

/** The same sums without clusters. */
function sumCells(clusters: readonly ClusterSums[]): LoggedSums[] {
  const cells = new Map<string, LoggedSums>()
  for (const { cluster: _, ...row } of clusters) {
    const key = `${row.part} ${row.taskType} ${row.modelName} ${row.measure}`
    const moments = addMoments(cells.get(key)?.moments ?? noMoments, row.moments)
    cells.set(key, { ...row, moments })
  }
  return [...cells.values()]
}

/** Adds outcomes up, so that what is known so far costs no more when the log is long. */
function createMemory() {
  const cells = new Map<string, MutableOutcomes>()
  const know = (taskType: string, candidate: Candidate): MutableOutcomes => {
    const key = `${taskType} ${candidate.modelName}`
    let cell = cells.get(key)
    if (cell === undefined) {
      cell = { ...nothingLearned, taskType, ...candidate }
      cells.set(key, cell)
    }
    return cell
  }
  return {
    know,
    add({ taskType, candidate, success, costUsd }: SyntheticDecision) {
      const cell = know(taskType, candidate)
      const reward = success ? 1 : 0
      cell.samples += 1
      cell.successes += reward
      cell.rewardSum += reward
      cell.drawnSamples += 1
      cell.drawnSuccesses += reward
      cell.drawnRewardSum += reward
      cell.costSumUsd += costUsd ?? 0
      cell.costRootSum += (costUsd ?? 0) ** 0.25
      cell.costCount += costUsd === undefined ? 0 : 1
    },
    knowledge: () => knowledgeOf([...cells.values()].map((cell) => ({ ...cell }))),
  }
}

type MutableOutcomes = { -readonly [field in keyof CellOutcomes]: CellOutcomes[field] }

export function knowledgeOf(cells: readonly CellOutcomes[]): ExpectedResults {
  // Nothing is known of a model but what was logged.
  const catalogue = createModelCatalogue(runAtOnce(readNaming([])), () => undefined)
  return createExpectedResults(cells, { defaults: [], catalogue, tokens: new Map() })
}

function draw(chances: readonly Chance[], uniform: number): Chance | undefined {
  let rest = uniform
  return chances.find(({ chance }) => {
    rest -= chance
    return rest < 0
  })
}

const nothingLearned = {
  ...{ samples: 0, successes: 0, rewardSum: 0 },
  ...{ drawnSamples: 0, drawnSuccesses: 0, drawnRewardSum: 0 },
  ...{ costSumUsd: 0, costRootSum: 0, costCount: 0 },
}

/** Uniform in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
