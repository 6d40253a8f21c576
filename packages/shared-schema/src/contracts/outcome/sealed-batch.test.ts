import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { sealedBatchSchema } from './sealed-batch.ts'

const batch = JSON.parse(
  readFileSync(new URL('../__fixtures__/v1-sealed-batch.json', import.meta.url), 'utf8'),
)

function faultyPaths(value: unknown): string[] {
  const parsed = sealedBatchSchema.safeParse(value)
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'))
}

describe('a sealed batch of version 1', () => {
  it('parses for ever', () => {
    expect(sealedBatchSchema.parse(batch)).toEqual(batch)
  })

  it('drops fields it does not know', () => {
    expect(sealedBatchSchema.parse({ ...batch, compression: 'zstd' })).toEqual(batch)
  })

  it('resolves the aliases of its outcomes', () => {
    const [first, second] = batch.outcomes
    const { model_name, ...rest } = second
    const aliased = { ...batch, outcomes: [first, { ...rest, selected_model: model_name }] }
    expect(sealedBatchSchema.parse(aliased)).toEqual(batch)
  })

  it('may hold no outcome, only counts of dropped ones', () => {
    expect(sealedBatchSchema.parse({ ...batch, outcomes: [] }).dropped).toEqual({
      'buffer-full': 12,
      invalid: 1,
    })
  })

  it('is refused in a format that is not known', () => {
    expect(faultyPaths({ ...batch, format: 2 })).toEqual(['format'])
    expect(faultyPaths({ ...batch, format: '1' })).toEqual(['format'])
  })

  it('is refused with the path of the outcome that breaks the contract', () => {
    const [first, second] = batch.outcomes
    const outcomes = [first, { ...second, success: 'no' }]
    expect(faultyPaths({ ...batch, outcomes })).toEqual(['outcomes.1.success'])
  })

  it.each<[string, unknown]>([
    ['batch_id', 'first'],
    ['instance_id', ''],
    ['session_id', undefined],
    ['sdk', ''],
    ['sealed_at', 'now'],
    ['dropped', [1]],
    ['outcomes', undefined],
  ])('is refused with the path when %s is %j', (name, value) => {
    expect(faultyPaths({ ...batch, [name]: value })).toEqual([name])
  })

  it('is refused with a negative count of dropped outcomes', () => {
    expect(faultyPaths({ ...batch, dropped: { 'buffer-full': -1 } })).toEqual([
      'dropped.buffer-full',
    ])
  })

  it('holds 10,000 outcomes at most', () => {
    const [first] = batch.outcomes
    expect(faultyPaths({ ...batch, outcomes: Array(10_000).fill(first) })).toEqual([])
    expect(faultyPaths({ ...batch, outcomes: Array(10_001).fill(first) })).toEqual(['outcomes'])
  })
})
