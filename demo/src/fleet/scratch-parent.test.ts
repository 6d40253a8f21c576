import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { scratchParent } from './scratch-parent.ts'

const isRoot = process.getuid?.() === 0

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scratch-parent-'))
  vi.stubEnv('TMPDIR', folder)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

test.runIf(isRoot)('Root passes over a folder that only root may enter', async () => {
  await chmod(folder, 0o700)
  expect(await scratchParent()).toBe('/tmp')
})

test('The first folder that every user may enter is chosen', async () => {
  await chmod(folder, 0o711)
  expect(await scratchParent()).toBe(folder)
})
