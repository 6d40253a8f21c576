import { expect, test } from 'vitest'
import { createLoop } from './service.ts'

test.each([0, -1, Number.NaN, Number.NEGATIVE_INFINITY])(
  'a loop whose turns fail at once pauses, also where the pause is %d',
  async (pauseMs) => {
    let turns = 0
    let onFifth: () => void = () => {}
    const fifth = new Promise<void>((resolve) => {
      onFifth = resolve
    })
    const loop = createLoop({
      async runOnce() {
        turns += 1
        if (turns === 5) onFifth()
        throw new Error('no')
      },
      waitMs: () => 0,
      onError: () => pauseMs,
      onCrash: () => {},
    })
    const startedAt = performance.now()
    await loop.start()
    await fifth
    const pausedMs = performance.now() - startedAt
    await loop.stop()
    // Four pauses; a busy machine only makes them longer.
    expect(pausedMs).toBeGreaterThan(4 * 45)
  },
)
