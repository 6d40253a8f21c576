// The packed worker in an empty folder: it runs from its tarball alone, with its migrations inside.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { findPackageProblems } from '../support/package-problems.ts'
import { pack } from '../support/packed.ts'
import { onServer, urlOf } from '../support/server-databases.ts'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('../../packages/central-worker', import.meta.url))
const database = `${inject('runId')}_packed`
const databaseUrl = urlOf(inject('databaseUrl'), database)
let project: string
let installed: string
let main: string
let packed: string

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'winrate-worker-'))
  packed = await pack('central-worker', project)
  installed = join(project, 'node_modules/@winrate/central-worker')
  await mkdir(installed, { recursive: true })
  await run('tar', ['-xzf', packed, '--strip-components=1', '-C', installed])
  const { bin, dependencies } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'))
  main = join(installed, bin.winrate)
  // npm would fetch them; here they are those of the repository.
  for (const name of Object.keys(dependencies)) {
    const to = join(project, 'node_modules', name)
    await mkdir(dirname(to), { recursive: true })
    await symlink(join(folder, 'node_modules', name), to)
  }
  await onServer(inject('databaseUrl'), (client) => client.query(`create database ${database}`))
}, 240_000)

afterAll(() => rm(project, { recursive: true, force: true }))

function winrate(...args: string[]) {
  const env = { ...process.env, DATABASE_URL: databaseUrl }
  return run(process.execPath, [main, ...args], { cwd: project, env })
}

it('has a manifest, types and texts that nothing is wrong with', async () => {
  // ES modules only: Node 20.19 can require them.
  expect(await findPackageProblems(packed, installed, ['node10', 'node16-cjs'])).toEqual([])
})

it('holds migrations and functions, and nothing that needs the repository', async () => {
  const manifest = await readFile(join(installed, 'package.json'), 'utf8')
  expect(manifest).not.toContain('workspace:')
  expect(Object.keys(JSON.parse(manifest).dependencies).join()).not.toContain('@winrate')
  expect(await readdir(join(installed, 'drizzle'))).toEqual(
    expect.arrayContaining(['0000_tables.sql', 'functions', 'triggers', 'access', 'meta']),
  )
})

it('shows its commands, brings an empty database to its schema and tells its status', async () => {
  expect((await winrate('--help')).stdout).toContain('migrate')
  expect((await winrate('migrate')).stdout).toMatch(/up to date|applied/)
  const { stdout } = await winrate('status')
  expect(stdout).toContain('Snapshot: none yet')
})

it('is the same when it is packed twice at once, and its folder stays as it was', async () => {
  const before = await readdir(folder)
  const again = await Promise.all(
    ['first', 'second'].map(async (name) =>
      readFile(await pack('central-worker', join(project, name))),
    ),
  )
  const expected = await readFile(packed)
  expect(again.map((bytes) => bytes.equals(expected))).toEqual([true, true])
  expect(await readdir(folder)).toEqual(before)
})
