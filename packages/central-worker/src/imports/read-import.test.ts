import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type ImportOptions, readImport } from './read-import.ts'

const folder = mkdtempSync(join(tmpdir(), 'winrate-import-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
function read(text: string | Uint8Array, options: ImportOptions = { taskType: 'coding' }) {
  files += 1
  const file = join(folder, `${files}`)
  writeFileSync(file, text)
  return readImport(file, options)
}

const cell = (modelName: string, samples: number, successes: number, more: object = {}) => ({
  ...{ taskType: 'coding', modelName, provider: 'unknown', thinkingLevel: '' },
  ...{ samples, successes, qualitySum: 0, qualityCount: 0, ...more },
})

describe('a table of scores', () => {
  test('has a column for each model, and a row for each prompt', async () => {
    const { sums } = await read(
      'prompt,gpt-4o,codex\n"say ""a"",\nplease",1,0.5\r\np2,true,\n\np3,0,1.0',
    )
    expect(sums.cells).toEqual([cell('gpt-4o', 3, 2), cell('codex', 2, 1.5)])
    expect([sums.scores, sums.skipped]).toEqual([5, 1])
  })

  test('may say the task type in a column, stand between semicolons and begin with a byte order mark', async () => {
    const { sums } = await read('\ufeffid;task_type;m\n1;chat;1\n2;coding/rust;0', {
      provider: 'p',
    })
    expect(sums.cells).toEqual([
      cell('m', 1, 1, { taskType: 'chat', provider: 'p' }),
      cell('m', 1, 0, { taskType: 'coding/rust', provider: 'p' }),
    ])
  })

  test.each([
    ['id,m\n1,1\n2,7\n3,x', /line 3: "7" in the column "m" is no score.*\nline 4: "x"/],
    ['id,m,n\n1,1', /line 2: 2 columns, where the header has 3/],
    ['id,m\n1,1\n"2,1', /line 3: a quote opens and never closes/],
    ['id,m\n"1"x,1', /line 2: text follows a closing quote/],
    ['id,m,m\n1,1,1', /column "m" names no model: it is there twice/],
    ['id,\n1,1', /column "" names no model/],
    ['id\n1', /no column of a model/],
    ['', /empty|no score/],
    ['id,m\n1,', /no score/],
    [`id,m\n${'1,9\n'.repeat(50)}`, /line 11: .*\nand maybe more/s],
    [`id${',m'.repeat(2_000)}`, /line 1: more than 1002 columns/],
  ])('%.30j is refused as a whole, by line', async (text, problem) => {
    await expect(read(text)).rejects.toThrow(problem)
  })

  test('without a task type anywhere it says what to give', async () => {
    await expect(read('id,m\n1,1', {})).rejects.toThrow('--task-type')
    await expect(read('id,task_type,m\n1,No type,1', {})).rejects.toThrow(
      '"No type" is no task type',
    )
  })

  test('of a prompt that never ends only its beginning is kept', async () => {
    const { sums } = await read(`id,m\n"${'x'.repeat(3_000_000)}",1`)
    expect(sums.cells).toEqual([cell('m', 1, 1)])
  })
})

describe('outcomes', () => {
  const line = (fields: object) => JSON.stringify({ model_name: 'm', success: true, ...fields })

  test('are those of the wire, one a line', async () => {
    const { sums } = await read(
      [
        line({ task_type: 'chat', provider: 'p', thinking_level: 'high', response_quality: 0.5 }),
        line({ success: false, failure: 'refusal' }),
        line({ success: false, failure: 'timeout' }),
        line({ success: null }),
        line({ selected_model: 'n', model_name: undefined, after: 'm', success: false }),
        '',
      ].join('\r\n'),
    )
    expect(sums.cells).toEqual([
      cell('m', 1, 1, {
        ...{ taskType: 'chat', provider: 'p', thinkingLevel: 'high' },
        ...{ qualitySum: 0.5, qualityCount: 1 },
      }),
      cell('m', 1, 0),
      cell('n', 1, 0, { taskType: expect.stringMatching(/^coding\/@/) }),
    ])
    expect([sums.scores, sums.skipped]).toEqual([3, 2])
  })

  test.each([
    [`${line({})}\n{"a":`, /line 2: no JSON/],
    [`${line({})}\n[1]`, /line 2: no JSON object/],
    [line({ response_quality: 4 }), /line 1: response_quality/],
    [line({ model_name: '' }), /line 1: model_name/],
    [line({ corrects: '019ad5a2-4f00-7a31-8c55-0f6c2f1d9b11' }), /line 1: it corrects another/],
    [`{"prompt":"${'x'.repeat(4_300_000)}`, /longer than 4194304 characters/],
  ])('%.30j is refused as a whole, by line', async (text, problem) => {
    await expect(read(text)).rejects.toThrow(problem)
  })
})

test('a file has one fingerprint, which follows from how it is read, too', async () => {
  const text = 'id,m\n1,1'
  const [one, same, other] = await Promise.all([
    read(text),
    read(text),
    read(text, { taskType: 'chat' }),
  ])
  expect(same.fingerprint).toBe(one.fingerprint)
  expect(other.fingerprint).not.toBe(one.fingerprint)
  await expect(readImport(join(folder, 'missing'), {})).rejects.toThrow('ENOENT')
})
