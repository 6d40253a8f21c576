import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findSqlFolder } from './sql-folder.ts'

function aFolder() {
  const root = mkdtempSync(join(tmpdir(), 'winrate-sql-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  return (...names: string[]) => {
    const path = join(root, ...names)
    mkdirSync(path, { recursive: true })
    return path
  }
}

function withMigrations(folder: string): string {
  mkdirSync(join(folder, 'meta'))
  writeFileSync(join(folder, 'meta', '_journal.json'), '{}')
  return folder
}

test('an installed package has its own, whatever the project around it has', () => {
  const folder = aFolder()
  withMigrations(folder('drizzle'))
  const own = withMigrations(folder('node_modules', 'worker', 'drizzle'))
  expect(findSqlFolder(folder('node_modules', 'worker', 'dist'))).toBe(own)
})

test('a package in a clone has that of the clone', () => {
  const folder = aFolder()
  const ofClone = withMigrations(folder('drizzle'))
  expect(findSqlFolder(folder('packages', 'worker', 'dist'))).toBe(ofClone)
})

test('no migration indexes the outcomes that are there: ingest would wait until all are read', () => {
  const folder = findSqlFolder()
  const [first, ...later] = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
  expect(readFileSync(join(folder, first ?? ''), 'utf8')).toContain(') PARTITION BY')
  const building =
    /create (?:unique )?index "\w+" on "winrate"\."(?:task_preferences|outcome_rollups|rejected_outcomes|task_metrics_history)"/i
  const slow = later.filter((name) => building.test(readFileSync(join(folder, name), 'utf8')))
  expect(slow, 'write ON ONLY: partitions to come get the index').toEqual([])
})
