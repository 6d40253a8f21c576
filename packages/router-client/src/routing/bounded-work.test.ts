// However much a snapshot holds, a decision reads a bounded part of it. Reads are counted, not timed.
import type { Snapshot } from '@winrate/shared-schema/contracts'
import type { Borrowing } from '@winrate/shared-schema/scoring'
import { runAtOnce } from '@winrate/shared-schema/steps'
import { describe, expect, test } from 'vitest'
import { testAvailability } from '../../test-support/availability.ts'
import { systemClock } from '../runtime/clock.ts'
import { snapshotFromTable } from '../testing/snapshot-from-table.ts'
import { createDecisionMemory } from './memory/decision-memory.ts'
import { createContextReader } from './request/read-context.ts'
import { type RoutingBasis, readRoutingBasis } from './table/routing-basis.ts'
import { createRoutingTable, type RoutingTable } from './table/routing-table.ts'
import { createTaskRouter } from './task-router.ts'

const known = [
  { taskType: 'coding', model: 'codex', provider: 'codex', samples: 500, successes: 400 },
  { taskType: 'coding', model: 'claude-opus', provider: 'anthropic', samples: 500, successes: 300 },
  { taskType: 'chat', model: 'codex', provider: 'codex', samples: 500, successes: 350 },
]
const invented = { provider: 'x', samples: 1, successes: 1, costUsd: 0, responseTimeMs: 0 }

/** So many cells, of kinds that once made a decision take seconds. */
const shapes: Record<string, (count: number) => Snapshot> = {
  'models at one task type': (count) =>
    snapshotFromTable([
      ...known,
      ...Array.from({ length: count }, (_, at) => ({
        ...invented,
        taskType: 'coding',
        model: `m${at}`,
      })),
    ]),
  'task types of one known model': (count) =>
    snapshotFromTable([
      ...known,
      ...Array.from({ length: count }, (_, at) => ({
        ...invented,
        taskType: `t${at}`,
        model: 'codex',
      })),
    ]),
  'paths of one known model': (count) =>
    snapshotFromTable([
      ...known,
      ...Array.from({ length: count }, (_, at) => ({
        ...invented,
        taskType: `coding/p${at}`,
        model: 'codex',
      })),
    ]),
  'thinking levels of one known model': (count) =>
    snapshotFromTable([
      ...known,
      ...Array.from({ length: count }, (_, at) => ({
        ...invented,
        taskType: 'coding',
        model: 'codex',
        provider: 'codex',
        thinkingLevel: `l${at}`,
      })),
    ]),
  'providers of one known model': (count) =>
    snapshotFromTable([
      ...known,
      ...Array.from({ length: count }, (_, at) => ({
        ...invented,
        taskType: 'coding',
        model: 'codex',
        provider: `p${at}`,
      })),
    ]),
  'pairs of task type and model': (count) =>
    snapshotFromTable([
      ...known,
      ...Array.from({ length: count }, (_, at) => ({
        ...invented,
        taskType: `t${at % 100}`,
        model: `m${Math.floor(at / 100)}`,
      })),
    ]),
  similarities: (count) =>
    snapshotFromTable(
      [
        ...known,
        ...Array.from({ length: 200 }, (_, at) => ({
          ...invented,
          taskType: `t${at}`,
          model: 'codex',
        })),
      ],
      {
        similarity: {
          one: Array.from({ length: count }, () => 0),
          other: Array.from({ length: count }, (_, at) => at % 200),
          value: Array.from({ length: count }, () => 1),
        },
      },
    ),
}

const knowledge = {
  catalogue: { entries: [], replace: false },
  defaults: { winRates: {}, replace: false },
  models: undefined,
  similarTo: {},
}

/** A basis that counts what is read of it: cells, and names of task types. */
function counted(basis: RoutingBasis) {
  let reads = 0
  function count<Entry>(list: readonly Entry[]): readonly Entry[] {
    reads += 1 + list.length
    return list
  }
  const { table, borrowsFrom } = basis
  return {
    basis: {
      ...basis,
      borrowsFrom: (...asked: Parameters<Borrowing>) => count(borrowsFrom(...asked)),
      table: {
        cells: (taskType: string, modelName: string) => count(table.cells(taskType, modelName)),
        taskTypesOf: (modelName: string) => count(table.taskTypesOf(modelName)),
        pathsOf: (root: string, modelName: string) => count(table.pathsOf(root, modelName)),
        base(taskType: string) {
          reads += 1
          return table.base(taskType)
        },
      },
    },
    reads: () => reads,
  }
}

function routerOf(table: { readonly current: RoutingTable }) {
  const memory = createDecisionMemory({
    keepMessages: false,
    refer: () => '',
    onSettled: () => undefined,
  })
  const state = { closed: false }
  const warn = () => undefined
  const readContext = createContextReader()
  return createTaskRouter({
    ...{ table, seed: 1, memory, clock: systemClock, warn, state, readContext },
    planner: { current: undefined },
    observe: undefined,
    availability: testAvailability(),
  })
}

/** Reads of the first decisions after a snapshot and of their explanations, and while the snapshot is stale. */
function readsOf(snapshot: Snapshot, policy: { kind: string }): number {
  const { basis, reads } = counted(runAtOnce(readRoutingBasis({ knowledge, policy, snapshot })))
  const table = { current: createRoutingTable(basis) }
  const router = routerOf(table)
  for (const taskType of ['coding', 'chat', 'planning', 't1']) {
    const decision = router.route('text', taskType, undefined)
    expect(decision.reason).not.toBe('internal-error')
    router.explain(decision)
  }
  table.current = createRoutingTable(basis, { evidenceShare: 0.5 })
  router.route('text', 'coding', undefined)
  return reads()
}

describe.each(['thompson', 'threshold'])('under policy %s', (kind) => {
  test.each(Object.entries(shapes))('a decision reads no more of many %s', (_, make) => {
    const [few, many] = [readsOf(make(1_000), { kind }), readsOf(make(20_000), { kind })]
    expect(many).toBe(few)
    expect(many).toBeLessThan(10_000)
  })
})

/** Every candidate of a request that names none. */
function rankedOf(snapshot: Snapshot, models?: readonly string[]) {
  const input = { knowledge: { ...knowledge, models }, policy: { kind: 'thompson' }, snapshot }
  return routerOf({ current: createRoutingTable(runAtOnce(readRoutingBasis(input))) })
}

test('the defaults of a snapshot add a bounded number of candidates, and crowd out no built-in one', () => {
  const names = Array.from({ length: 9_000 }, (_, at) => [`m${at}`, 0.9])
  const snapshot = { ...snapshotFromTable(known), defaults: { coding: Object.fromEntries(names) } }
  const ranked = rankedOf(snapshot).rank('coding', undefined)
  expect(ranked.length).toBe(200)
  expect(ranked.some(({ modelName }) => modelName === 'codex')).toBe(true)
})

test('a model is tried at few of very many levels, and every model comes before second levels', () => {
  const names = Array.from({ length: 300 }, (_, at) => `m${at}`)
  const rows = names.flatMap((model) =>
    Array.from({ length: 12 }, (_, level) => ({
      taskType: 'coding',
      model,
      thinkingLevel: `l${level}`,
      samples: 40 + level,
      successes: 30,
    })),
  )
  const router = rankedOf(snapshotFromTable(rows), names)
  const ranked = router.rank('coding', undefined)
  expect(ranked.length).toBe(1_000)
  expect(new Set(ranked.map(({ modelName }) => modelName)).size).toBe(300)
  expect(router.rank('coding', { candidates: ['m1'] }).length).toBe(8)
})
