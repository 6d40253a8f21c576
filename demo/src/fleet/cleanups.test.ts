import { expect, test } from 'vitest'
import { createCleanups } from './cleanups.ts'

test('Steps run once, the last one first', async () => {
  const ran: string[] = []
  const cleanups = createCleanups()
  for (const name of ['folder', 'database', 'worker']) {
    cleanups.add(async () => {
      ran.push(name)
    })
  }
  await cleanups.run()
  await cleanups.run()
  expect(ran).toEqual(['worker', 'database', 'folder'])
})

test('A step that fails does not keep the others from running', async () => {
  const ran: string[] = []
  const cleanups = createCleanups()
  cleanups.add(async () => {
    ran.push('folder')
  })
  cleanups.add(() => Promise.reject(new Error('stuck')))
  await expect(cleanups.run()).rejects.toThrow('stuck')
  expect(ran).toEqual(['folder'])
})
