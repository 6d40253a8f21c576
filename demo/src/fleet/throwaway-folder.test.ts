import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createThrowawayFolder, removeLeftoverFolders } from './throwaway-folder.ts'

let parent = ''
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'throwaway-'))
})
afterEach(() => rm(parent, { recursive: true }))

/** The pid of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '0']).pid
}

test('A folder is removed with all that is in it', async () => {
  const folder = await createThrowawayFolder(parent)
  await mkdir(join(folder.path, 'postgres'))
  await writeFile(join(folder.path, 'postgres', 'file'), 'x')
  await folder.remove()
  expect(await readdir(parent)).toEqual([])
})

test('The folder of a demo that is running is left alone', async () => {
  const folder = await createThrowawayFolder(parent)
  expect(await removeLeftoverFolders(parent, Date.now())).toBe(0)
  expect(await readdir(parent)).toHaveLength(1)
  await folder.remove()
})

test('The folder of a demo that was killed is removed', async () => {
  const { path } = await createThrowawayFolder(parent)
  await writeFile(join(path, 'demo.pid'), String(deadPid()))
  expect(await removeLeftoverFolders(parent, Date.now())).toBe(1)
  expect(await readdir(parent)).toEqual([])
})

test('A folder without an owner is given a minute to get one', async () => {
  const path = join(parent, 'winrate-demo-abcdef')
  await mkdir(path)
  const nowMs = Date.now()
  expect(await removeLeftoverFolders(parent, nowMs)).toBe(0)
  const longAgo = new Date(nowMs - 120_000)
  await utimes(path, longAgo, longAgo)
  expect(await removeLeftoverFolders(parent, nowMs)).toBe(1)
})

test('Other folders and files are not touched', async () => {
  await mkdir(join(parent, 'somebody-elses'))
  await writeFile(join(parent, 'winrate-demo-file'), '')
  expect(await removeLeftoverFolders(parent, Date.now() + 3_600_000)).toBe(0)
  expect(await readdir(parent)).toHaveLength(2)
})

test('A pid file that names a process which is not that Postgres ends nothing', async () => {
  const { path } = await createThrowawayFolder(parent)
  const cluster = join(path, 'postgres', 'cluster')
  await mkdir(cluster, { recursive: true })
  // This very test process: were it ended, the test would not get to its assertion.
  await writeFile(join(cluster, 'postmaster.pid'), `${process.pid}\n${cluster}\n`)
  await writeFile(join(path, 'demo.pid'), String(deadPid()))
  expect(await removeLeftoverFolders(parent, Date.now())).toBe(1)
})
