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

test('A folder is removed with its content', async () => {
  const folder = await createThrowawayFolder(parent)
  await mkdir(join(folder.path, 'postgres'))
  await writeFile(join(folder.path, 'postgres', 'file'), 'x')
  await folder.remove()
  expect(await readdir(parent)).toEqual([])
})

test('The folder of a running demo stays', async () => {
  const folder = await createThrowawayFolder(parent)
  expect(await removeLeftoverFolders(parent, Date.now())).toBe(0)
  expect(await readdir(parent)).toHaveLength(1)
  await folder.remove()
})

test('The folder of a killed demo is removed', async () => {
  const { path } = await createThrowawayFolder(parent)
  await writeFile(join(path, 'demo.pid'), String(deadPid()))
  expect(await removeLeftoverFolders(parent, Date.now())).toBe(1)
  expect(await readdir(parent)).toEqual([])
})

test('A folder without an owner stays for a minute', async () => {
  const path = join(parent, 'winrate-demo-abcdef')
  await mkdir(path)
  const nowMs = Date.now()
  expect(await removeLeftoverFolders(parent, nowMs)).toBe(0)
  const longAgo = new Date(nowMs - 120_000)
  await utimes(path, longAgo, longAgo)
  expect(await removeLeftoverFolders(parent, nowMs)).toBe(1)
})

test('Other folders and files stay', async () => {
  await mkdir(join(parent, 'somebody-elses'))
  await writeFile(join(parent, 'winrate-demo-file'), '')
  expect(await removeLeftoverFolders(parent, Date.now() + 3_600_000)).toBe(0)
  expect(await readdir(parent)).toHaveLength(2)
})

test('A pid file that names another process ends nothing', async () => {
  const { path } = await createThrowawayFolder(parent)
  const cluster = join(path, 'postgres', 'cluster')
  await mkdir(cluster, { recursive: true })
  // The pid of this test process: if it were ended, the test would never reach its assertion.
  await writeFile(join(cluster, 'postmaster.pid'), `${process.pid}\n${cluster}\n`)
  await writeFile(join(path, 'demo.pid'), String(deadPid()))
  expect(await removeLeftoverFolders(parent, Date.now())).toBe(1)
})
