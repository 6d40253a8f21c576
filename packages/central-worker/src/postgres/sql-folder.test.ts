import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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
