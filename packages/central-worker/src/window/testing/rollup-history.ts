import { runAtOnce } from '@winrate/shared-schema/steps'
import { CellResults, type Findings } from '../../cells/cell-results.ts'
import type { Circumstances } from '../../cells/circumstances.ts'
import { cellBudget } from '../cell-budget.ts'
import { createNaming } from '../create-naming.ts'
import { noSums, type OutcomeSums, SUM_NAMES } from '../outcome-sums.ts'
import type { CellHour } from '../read-rollups.ts'
import { LEAST_AGE_HOURS, movedAges, type WindowShape } from '../window-spans.ts'
import { WindowSums } from '../window-sums.ts'

export interface RollupKey {
  readonly hour: number
  readonly modelName: string
  readonly provider: string
  readonly instanceId: string
}

export interface RollupHistory {
  /** The outcomes of a rollup become `sums`, whatever they were. */
  set(key: RollupKey, sums: Partial<OutcomeSums>): void
  hours(count: number): void
  /** The findings of a window that followed every change, and of one that is read again. */
  compare(verdicts: Circumstances['verdicts']): {
    readonly followed: Findings
    readonly reread: Findings
  }
}

const catalogue = [{ key: 'codex', provider: 'codex', model: 'gpt-5-codex' }]

/** Rollups in memory that change as time goes by, and a window that follows them. */
export function createRollupHistory(shape: WindowShape, firstHour: number): RollupHistory {
  const rollups = new Map<string, RollupKey & { readonly sums: OutcomeSums }>()
  const sums = new WindowSums({ nameOf: createNaming(catalogue), budget: cellBudget() })
  const results = new CellResults({})
  let now = firstHour

  function inHour(hour: number): CellHour[] {
    return [...rollups.values()].filter((key) => key.hour === hour).map((key) => asRead(key))
  }

  return {
    set(key, fields) {
      const id = JSON.stringify(key)
      const before = rollups.get(id)?.sums ?? noSums()
      const after = { ...noSums(), ...fields }
      const grown = noSums()
      for (const name of SUM_NAMES) grown[name] = after[name] - before[name]
      rollups.set(id, { ...key, sums: after })
      sums.add(asRead({ ...key, sums: grown }), now, shape)
    },
    hours(count) {
      for (let at = 0; at < count; at += 1) {
        now += 1
        runAtOnce(sums.beginHour(now, shape))
        for (const age of movedAges(shape)) {
          for (const each of inHour(now - age)) sums.move(each, now, shape)
        }
        for (const each of inHour(now - LEAST_AGE_HOURS)) sums.add(each, now, shape)
        runAtOnce(sums.tidy())
      }
    },
    compare(verdicts) {
      const reread = new WindowSums({ nameOf: createNaming(catalogue), budget: cellBudget() })
      for (const each of rollups.values()) reread.add(asRead(each), now, shape)
      const circumstances = { hour: new Date(now * 3_600_000), verdicts }
      return {
        followed: runAtOnce(results.update(sums, circumstances)),
        reread: runAtOnce(new CellResults({}).update(reread, circumstances)),
      }
    },
  }
}

function asRead({
  hour,
  modelName,
  provider,
  instanceId,
  sums,
}: RollupKey & { readonly sums: OutcomeSums }): CellHour {
  return {
    ...{ hour, modelName, provider, taskType: 'coding', thinkingLevel: '' },
    instanceIds: [instanceId],
    sums: Float64Array.from(SUM_NAMES, (name) => sums[name]),
  }
}
