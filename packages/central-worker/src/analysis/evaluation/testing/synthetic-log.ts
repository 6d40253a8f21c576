// Logs of decisions in a world whose truth is known, summed up as the database does it.

import type { Candidate, CellOutcomes } from '../log/learned-outcomes.ts'
import {
  addMoments,
  type ClusterSums,
  type LoggedSums,
  type Measure,
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
  const byCluster = createSums<ClusterSums>()
  const byCell = createSums<LoggedSums>()
  log.forEach((decision, at) => {
    const part = Math.floor((at * parts) / log.length)
    while (known.length <= part) known.push(memory.knowledge())
    memory.add(decision)
    for (const { cluster, ...row } of sumsOf(decision, part)) {
      const cell = `${part} ${row.taskType} ${row.modelName} ${row.measure}`
      byCell.add(cell, row)
      byCluster.add(`${cluster} ${cell}`, { ...row, cluster })
    }
  })
  const clusters = byCluster
    .rows()
    .sort((one, other) => (one.cluster < other.cluster ? -1 : one.cluster > other.cluster ? 1 : 0))
  return { parts: known, logged: byCell.rows(), clusters: [clusters] }
}

function createSums<Row extends LoggedSums>() {
  const rows = new Map<string, Row>()
  return {
    rows: () => [...rows.values()],
    add(key: string, row: Row) {
      const before = rows.get(key)
      const moments = before === undefined ? row.moments : addMoments(before.moments, row.moments)
      rows.set(key, { ...row, moments })
    },
  }
}

/** Adds outcomes up, so that what is known so far costs no more when the log is long. */
function createMemory() {
  const cells = new Map<string, CellOutcomes>()
  const know = (taskType: string, candidate: Candidate): CellOutcomes => {
    const key = `${taskType} ${candidate.modelName}`
    const cell = cells.get(key) ?? { ...nothingLearned, taskType, ...candidate }
    cells.set(key, cell)
    return cell
  }
  return {
    know,
    add({ taskType, candidate, success, costUsd }: SyntheticDecision) {
      const cell = know(taskType, candidate)
      cells.set(`${taskType} ${candidate.modelName}`, {
        ...cell,
        samples: cell.samples + 1,
        successes: cell.successes + (success ? 1 : 0),
        rewardSum: cell.rewardSum + (success ? 1 : 0),
        drawnSamples: cell.drawnSamples + 1,
        drawnSuccesses: cell.drawnSuccesses + (success ? 1 : 0),
        drawnRewardSum: cell.drawnRewardSum + (success ? 1 : 0),
        costSumUsd: cell.costSumUsd + (costUsd ?? 0),
        costRootSum: cell.costRootSum + (costUsd ?? 0) ** 0.25,
        costCount: cell.costCount + (costUsd === undefined ? 0 : 1),
      })
    },
    knowledge: () => knowledgeOf([...cells.values()]),
  }
}

export function knowledgeOf(cells: readonly CellOutcomes[]): ExpectedResults {
  return createExpectedResults(cells, { defaults: [] })
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

function sumsOf(decision: SyntheticDecision, part: number): ClusterSums[] {
  const { cluster, taskType, candidate, propensity, success, costUsd } = decision
  const measured: readonly (readonly [Measure, number | undefined])[] = [
    ['success', success ? 1 : 0],
    ['reward', success ? 1 : 0],
    ['costUsd', costUsd],
  ]
  const u = 1 / propensity
  return measured.flatMap(([measure, y]) => {
    if (y === undefined) return []
    const moments = {
      count: 1,
      u,
      uu: u * u,
      y,
      yy: y * y,
      uy: u * y,
      uyy: u * y * y,
      uuy: u * u * y,
      uuyy: u * u * y * y,
    }
    return [{ cluster, part, taskType, ...candidate, measure, moments }]
  })
}
