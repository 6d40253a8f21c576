import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { UsageError } from '../errors.ts'
import { bundledOutcomeFiles } from './bundled-data.ts'
import { parseOutcomeText, readOutcomeFile } from './read-outcome-file.ts'

const header = 'source,task,query_id,model,provider,success,quality,latency_ms,cost_usd'
const text = (...rows: string[]) => [header, ...rows, ''].join('\n')

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outcome-file-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('A row becomes an outcome, and an empty field an unpublished value', () => {
  const rows = text('bench,easy,q1,m,p,1,0.5,120,0.01', 'bench,easy,"q,2",m,,0,,,')
  expect(parseOutcomeText(rows, 'f')).toEqual([
    {
      ...{ source: 'bench', category: 'easy', queryId: 'q1', model: 'm', provider: 'p' },
      ...{ success: true, quality: 0.5, responseTimeMs: 120, costUsd: 0.01 },
    },
    {
      ...{ source: 'bench', category: 'easy', queryId: 'q,2', model: 'm', provider: 'unknown' },
      ...{ success: false, quality: undefined, responseTimeMs: undefined, costUsd: undefined },
    },
  ])
})

test('Windows line ends and a byte order mark are accepted', () => {
  const rows = `\uFEFF${text('bench,easy,q1,m,p,1,,,').replaceAll('\n', '\r\n')}`
  expect(parseOutcomeText(rows, 'f')).toHaveLength(1)
})

test.each([
  ['bench,easy,q1,m,p,yes,,,', /f: line 3: success must be 0 or 1/],
  ['bench,easy,q1,,p,1,,,', /f: line 3: model is empty/],
  ['bench,easy,q1,m,p,1,1.5,,', /f: line 3: quality .*0 to 1, not '1.5'/],
  ['bench,easy,q1,m,p,1,,fast,', /f: line 3: latency_ms/],
  ['bench,easy,q1,m,p,1,,,-1', /f: line 3: cost_usd/],
  ['bench,easy,q1,m,p,1', /f: line 3: has 6 fields, not 9/],
  ['bench,easy,"q1,m,p,1,,,', /f: line \d+: is not CSV/],
])('The error of the bad row %j names its line', (row, message) => {
  const rows = text('bench,easy,q0,m,p,1,,,', row)
  expect(() => parseOutcomeText(rows, 'f')).toThrow(UsageError)
  expect(() => parseOutcomeText(rows, 'f')).toThrow(message)
})

test('The error of a wrong header quotes the right one', () => {
  expect(() => parseOutcomeText('model,success\nm,1\n', 'f')).toThrow(header)
  expect(() => parseOutcomeText('', 'f')).toThrow(header)
})

test('A file without outcomes is refused', () => {
  expect(() => parseOutcomeText(text(), 'f')).toThrow(/no outcomes/)
})

test('A missing file, a file that is not gzip and a truncated file are refused', async () => {
  const plain = join(folder, 'plain.csv.gz')
  const cut = join(folder, 'cut.csv.gz')
  const good = join(folder, 'good.csv.gz')
  const bytes = gzipSync(text('bench,easy,q1,m,p,1,,,'))
  await writeFile(plain, text('bench,easy,q1,m,p,1,,,'))
  await writeFile(cut, bytes.subarray(0, bytes.length - 12))
  await writeFile(good, bytes)
  await expect(readOutcomeFile(join(folder, 'none.csv.gz'))).rejects.toThrow(/cannot be read/)
  await expect(readOutcomeFile(plain)).rejects.toThrow(/not a whole gzip file/)
  await expect(readOutcomeFile(cut)).rejects.toThrow(/not a whole gzip file/)
  await expect(readOutcomeFile(good)).resolves.toHaveLength(1)
})

test('The bundled files are complete and contain no LiveCodeBench', async () => {
  const files = await Promise.all(bundledOutcomeFiles.map(readOutcomeFile))
  expect(files.map((outcomes) => outcomes.length)).toEqual([23220, 12369, 57547])
  const sources = new Set(files.flat().map(({ source }) => source))
  expect([...sources].sort()).toEqual(['editbench', 'planbench', 'zeroeval'])
})
