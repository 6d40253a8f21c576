import { cellKey } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { someMetrics } from '../window/testing/window-rows.ts'
import { type Imported, makeImported } from './imported-evidence.ts'

const named = (modelName: string) => ({
  ...{ taskType: 'coding', modelName, provider: 'p', thinkingLevel: '' },
})

test('imports add no more cells than a client takes, and reach all live ones', () => {
  const live = ['a', 'b'].map((name) => someMetrics({ ...named(name), samples: 9, successes: 3 }))
  const importedAt = new Date('2026-08-01T12:00:00Z')
  const imported = new Map(
    ['x', 'y', 'b'].map((name): [string, Imported] => [
      cellKey(named(name)),
      { name: named(name), mass: 5, reward: 0.4, importedAt },
    ]),
  )
  const keys = (most: number) => [...makeImported(live, imported, new Map(), most).keys()]
  expect(keys(3)).toEqual([cellKey(named('x')), cellKey(named('b'))])
  expect(keys(2)).toEqual([cellKey(named('b'))])
  expect(keys(100)).toEqual([...imported.keys()])
})
