import { expect, test, vi } from 'vitest'

// A listener of its own: routers that other files left open keep theirs.
vi.resetModules()
const { onExit } = await import('./outcome-recorder.ts')

function setUp(status: 'flushed' | 'timeout') {
  const flushed: string[] = []
  const flush = (name: string) => async () => {
    flushed.push(name)
    return { status }
  }
  return { flushed, flush }
}

/** The process runs dry, and what that started is over. */
async function leave(): Promise<void> {
  process.emit('beforeExit', 0)
  await new Promise((resolve) => setImmediate(resolve))
}

test('one listener serves all, and goes with the last', async () => {
  const before = process.listenerCount('beforeExit')
  const { flushed, flush } = setUp('flushed')
  const first = onExit(flush('first'))
  const second = onExit(flush('second'))
  expect(process.listenerCount('beforeExit')).toBe(before + 1)
  first()
  await leave()
  expect(flushed).toEqual(['second'])
  second()
  expect(process.listenerCount('beforeExit')).toBe(before)
})

test('what is recorded between one exit and the next is flushed too', async () => {
  const { flushed, flush } = setUp('flushed')
  const stay = onExit(flush('all'))
  await leave()
  await leave()
  stay()
  expect(flushed).toEqual(['all', 'all'])
})

test('a flush that could not send is not tried at every exit', async () => {
  const before = process.listenerCount('beforeExit')
  const { flushed, flush } = setUp('timeout')
  onExit(flush('all'))
  await leave()
  await leave()
  expect(flushed).toEqual(['all'])
  expect(process.listenerCount('beforeExit')).toBe(before)
})
