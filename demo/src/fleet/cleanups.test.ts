import { expect, test } from 'vitest'
import { createCleanups } from './cleanups.ts'

function recorded() {
  const ran: string[] = []
  const step = (name: string) => async () => {
    ran.push(name)
  }
  return { ran, step }
}

test('the last step registered runs first, and each runs once', async () => {
  const { ran, step } = recorded()
  const cleanups = createCleanups()
  cleanups.add(step('folder'))
  cleanups.add(step('server'))
  await cleanups.run()
  await cleanups.run()
  expect(ran).toEqual(['server', 'folder'])
})

test('a step that fails keeps no other from running, and is reported', async () => {
  const { ran, step } = recorded()
  const cleanups = createCleanups()
  cleanups.add(step('folder'))
  cleanups.add(() => Promise.reject(new Error('the server does not stop')))
  await expect(cleanups.run()).rejects.toThrow('the server does not stop')
  expect(ran).toEqual(['folder'])
})

test('what is registered after the end is undone at once', async () => {
  const { ran, step } = recorded()
  const cleanups = createCleanups()
  await cleanups.run()
  cleanups.add(step('late'))
  expect(ran).toEqual(['late'])
})
