import { expect, test } from 'vitest'
import { createCleanups } from './cleanups.ts'

function recorded() {
  const ran: string[] = []
  const step = (name: string) => async () => {
    ran.push(name)
  }
  return { ran, step }
}

test('steps run in reverse order, and each runs once', async () => {
  const { ran, step } = recorded()
  const cleanups = createCleanups()
  cleanups.add(step('folder'))
  cleanups.add(step('server'))
  await cleanups.run()
  await cleanups.run()
  expect(ran).toEqual(['server', 'folder'])
})

test('a failing step does not stop the others, and is reported', async () => {
  const { ran, step } = recorded()
  const cleanups = createCleanups()
  cleanups.add(step('folder'))
  cleanups.add(() => Promise.reject(new Error('the server does not stop')))
  await expect(cleanups.run()).rejects.toThrow('the server does not stop')
  expect(ran).toEqual(['folder'])
})

test('a step registered after the end runs at once', async () => {
  const { ran, step } = recorded()
  const cleanups = createCleanups()
  await cleanups.run()
  cleanups.add(step('late'))
  expect(ran).toEqual(['late'])
})
