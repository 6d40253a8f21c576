import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { runInSlices } from './run-steps.ts'

const sliceMs = 0.25

/** Takes longer than a slice, on any machine. */
function longStep(): void {
  const endMs = performance.now() + 1
  while (performance.now() < endMs);
}

function* longSteps(count: number, onStep: (step: number) => void) {
  for (let step = 1; step <= count; step += 1) {
    longStep()
    onStep(step)
    if (step < count) yield
  }
  return 'made'
}

test('other work has its turn before, between and after steps that take long', async () => {
  const seen: string[] = []
  let watching = true
  const watch = async () => {
    while (watching) {
      seen.push('other')
      await nextTurn()
    }
  }
  const watched = watch()
  const result = await runInSlices(
    longSteps(3, (step) => seen.push(`step ${step}`)),
    { sliceMs },
  )
  watching = false
  await watched
  expect(result).toBe('made')
  const steps = [1, 2, 3].map((step) => seen.indexOf(`step ${step}`))
  for (const [at, step] of steps.entries()) {
    expect(seen.slice(steps[at - 1] ?? 0, step)).toContain('other')
  }
  expect(seen.slice(steps[2])).toContain('other')
})

test('steps that take next to nothing share a slice', async () => {
  let turns = 0
  let made = false
  const watch = async () => {
    while (!made) {
      await nextTurn()
      turns += 1
    }
  }
  const watched = watch()
  await runInSlices(
    (function* () {
      for (let step = 0; step < 10_000; step += 1) yield
    })(),
  )
  made = true
  await watched
  expect(turns).toBeLessThan(10_000)
})

test('nothing runs any more once the signal has aborted, not even the answer', async () => {
  const abort = new AbortController()
  const seen: number[] = []
  const running = runInSlices(
    longSteps(3, (step) => {
      seen.push(step)
      if (step === 2) abort.abort(new Error('closed'))
    }),
    { sliceMs, signal: abort.signal },
  )
  await expect(running).rejects.toThrow('closed')
  await nextTurn()
  expect(seen).toEqual([1, 2])
  const last = new AbortController()
  const atEnd = runInSlices(
    longSteps(1, () => last.abort(new Error('closed'))),
    { sliceMs, signal: last.signal },
  )
  await expect(atEnd).rejects.toThrow('closed')
})

test('what a step throws rejects the answer', async () => {
  const failing = runInSlices(
    longSteps(2, () => {
      throw new Error('bad')
    }),
  )
  await expect(failing).rejects.toThrow('bad')
})
