import { expect, it } from 'vitest'
import { createTurns } from './turns.ts'

it('runs no more at once than it may, and goes on after an error', async () => {
  const inTurn = createTurns(2)
  let running = 0
  let most = 0
  const run = (fails: boolean) =>
    inTurn(async () => {
      running += 1
      most = Math.max(most, running)
      await Promise.resolve()
      running -= 1
      if (fails) throw new Error('refused')
      return running
    })
  const results = await Promise.allSettled([true, false, true, false, false].map(run))
  expect(results.map(({ status }) => status)).toEqual([
    ...['rejected', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  ])
  expect(most).toBe(2)
})
