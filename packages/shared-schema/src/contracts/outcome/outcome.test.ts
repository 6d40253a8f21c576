import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { limits } from '../names/limits.ts'
import { outcomeSchema } from './outcome.ts'

function fixture(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`../__fixtures__/${name}`, import.meta.url), 'utf8'))
}

const minimal = fixture('v1-outcome-minimal.json')

function faultyPaths(value: unknown): string[] {
  const parsed = outcomeSchema.safeParse(value)
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'))
}

describe('an outcome of version 1', () => {
  it('parses for ever with every field', () => {
    const full = fixture('v1-outcome.json')
    expect(outcomeSchema.parse(full)).toEqual(full)
  })

  it('parses for ever as a later attempt with its tokens', () => {
    const later = fixture('v1-outcome-later-attempt.json')
    expect(outcomeSchema.parse(later)).toStrictEqual(later)
  })

  it('parses for ever with nothing but what is required', () => {
    expect(outcomeSchema.parse(minimal)).toStrictEqual({
      task_type: 'chat',
      model_name: 'gpt-4o-mini',
      success: false,
      instance_id: 'agent-1',
    })
  })

  it('parses for ever with the names of other producers', () => {
    expect(outcomeSchema.parse(fixture('v1-outcome-alias.json'))).toStrictEqual({
      task_type: 'coding',
      model_name: 'codex',
      provider: 'codex',
      prompt: 'Write async function...',
      response_quality: 0.95,
      success: true,
      instance_id: 'singularity-1',
    })
  })

  it('takes null for absent and drops fields it does not know', () => {
    expect(outcomeSchema.parse(fixture('v1-outcome-nulls.json'))).toStrictEqual({
      task_type: 'law',
      model_name: 'claude-opus',
      success: true,
      instance_id: 'agent-2',
      occurred_at: '2026-08-19T09:30:00+02:00',
    })
  })

  it('prefers its own names where an alias is given too', () => {
    const both = { ...minimal, selected_model: 'codex', response_quality: 0, quality_score: 1 }
    expect(outcomeSchema.parse(both)).toMatchObject({
      model_name: 'gpt-4o-mini',
      response_quality: 0,
    })
  })

  it.each(['task_type', 'model_name', 'success', 'instance_id'])(
    'is refused without %s',
    (name) => {
      expect(faultyPaths({ ...minimal, [name]: undefined })).toEqual([name])
    },
  )

  it.each<[string, unknown]>([
    ['outcome_id', 'not-a-uuid'],
    ['decision_id', ''],
    ['task_type', 'Coding'],
    ['task_type', 'c'.repeat(64)],
    ['model_name', ''],
    ['model_name', 'm'.repeat(limits.modelNameChars + 1)],
    ['provider', 7],
    ['prompt', 'p'.repeat(limits.promptChars + 1)],
    ['prompt_hash', 'ABC'],
    ['prompt_length', 1.5],
    ['response_quality', 1.01],
    ['response_quality', '0.9'],
    ['success', 'true'],
    ['success', 1],
    ['response_time_ms', -1],
    ['cost_usd', Number.POSITIVE_INFINITY],
    ['instance_id', 'i'.repeat(limits.instanceIdChars + 1)],
    ['corrects', 'the last one'],
    ['propensity', 0],
    ['propensity', 1.5],
    ['snapshot_version', -1],
    ['occurred_at', 'yesterday'],
    ['occurred_at', 1_755_588_600_000],
  ])('is refused with the path when %s is %j', (name, value) => {
    expect(faultyPaths({ ...minimal, [name]: value })).toEqual([name])
  })

  it.each([null, 'outcome', 7, [minimal], true])('is refused when it is %j', (value) => {
    expect(outcomeSchema.safeParse(value).success).toBe(false)
  })

  it('refuses or accepts any JSON without throwing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(outcomeSchema.safeParse(value).success).toBeTypeOf('boolean')
      }),
    )
  })

  it('parses to itself once parsed', () => {
    for (const name of ['v1-outcome.json', 'v1-outcome-alias.json', 'v1-outcome-nulls.json']) {
      const once = outcomeSchema.parse(fixture(name))
      expect(outcomeSchema.parse(once)).toStrictEqual(once)
    }
  })
})
