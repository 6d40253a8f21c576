import { expect, test } from 'vitest'
import { cellBudget } from './cell-budget.ts'
import { SUM_NAMES } from './outcome-sums.ts'
import { windowShape } from './window-spans.ts'
import { WindowSums } from './window-sums.ts'

test('an instance whose outcomes were all corrected away has no voice when instances are judged', () => {
  const shape = windowShape({ windowDays: 7, retentionDays: 30 })
  const window = new WindowSums({ nameOf: (given) => given, budget: cellBudget(10) })
  const add = (instanceId: string, samples: number) => {
    const sums = Float64Array.from(SUM_NAMES, (name) => (name === 'samples' ? samples : 0))
    const cell = { taskType: 'coding', modelName: 'codex', provider: 'codex', thinkingLevel: '' }
    window.add({ ...cell, hour: 0, instanceIds: [instanceId], sums }, 0, shape)
  }
  add('gone', 60)
  add('there', 40)
  add('gone', -60)
  const [id = ''] = window.ids
  expect(window.cell(id)?.counts().instanceIds).toEqual(['there'])
})
