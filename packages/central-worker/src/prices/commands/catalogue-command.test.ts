import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { catalogue, mergeEntries } from './catalogue-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'winrate-catalogue-'))
afterAll(() => rmSync(folder, { recursive: true }))

const entry = { key: 'a', provider: 'p', model: 'a-1', inputUsdPerMTokens: 2 }

function file(name: string, value: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(value))
  return path
}

const run = (path: string, flags: object = {}) =>
  catalogue.prepare({ operands: ['import', path], flags: { ...flags } })({})
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'))

it('replaces entries of the same key, keeps the others, and dates the prices', () => {
  const before = [entry, { ...entry, key: 'b', aliases: ['bee'], pricedAt: '2025-01-01' }]
  const given = [
    { ...entry, key: 'c', pricedAt: '2026-10-01' },
    { ...entry, inputUsdPerMTokens: 3 },
  ]
  expect(mergeEntries(before, given, '2026-11-30')).toEqual([
    { ...entry, inputUsdPerMTokens: 3, pricedAt: '2026-11-30' },
    before[1],
    given[0],
  ])
})

it('writes the catalogue that it is told to, and nothing else', async () => {
  const into = file('catalogue.json', [{ ...entry, key: 'b' }])
  const given = file('prices.json', [entry])
  expect(await run(given)).toBe(0)
  expect([read(into), read(given)]).toEqual([[{ ...entry, key: 'b' }], [entry]])
  expect(await run(given, { into })).toBe(0)
  expect(read(into)).toMatchObject([{ key: 'b' }, { ...entry, pricedAt: expect.any(String) }])
})

it('refuses what is no catalogue, and leaves the other as it was', async () => {
  const into = file('kept.json', [entry])
  const wrong = file('wrong.json', [{ ...entry, inputUsdPerMTokens: -1 }])
  await expect(run(wrong, { into })).rejects.toThrow('wrong.json: 0.inputUsdPerMTokens: ')
  await expect(run(join(folder, 'missing.json'), { into })).rejects.toThrow('missing.json: ENOENT')
  expect(read(into)).toEqual([entry])
})
