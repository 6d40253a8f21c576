import { createHash } from 'node:crypto'
import { limits, outcomeSchema, uuidV7 } from '@winrate/shared-schema/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordedMessage } from './sound-message.ts'
import { createOutcomeWriter, type RecordedOutcome } from './write-outcome.ts'

const recordedAtMs = Date.UTC(2026, 7, 19, 9, 30)

function recorded(
  fields: Partial<RecordedMessage> = {},
  rest: Partial<RecordedOutcome> = {},
): RecordedOutcome {
  const message = {
    outcome_id: uuidV7(1),
    task_type: 'coding',
    model_name: 'codex',
    success: true,
    instance_id: 'agent-1',
    ...fields,
  }
  return { message, recordedAtMs, promptText: undefined, prompts: 'hash', ...rest }
}

function written(outcome: RecordedOutcome): Record<string, unknown> {
  return JSON.parse(createOutcomeWriter()(outcome))
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

test('reads back as what it was written from, whatever text and numbers it holds', () => {
  const odd = [
    '"',
    '\\',
    '\n',
    '\u0000',
    '\u001f',
    '\u007f',
    '\u2028',
    '\ud83d',
    '\ude00',
    '\ud83d\ude00',
    'x',
  ]
  const text = fc.array(fc.constantFrom(...odd), { maxLength: 8 }).map((parts) => parts.join(''))
  const amount = fc.double({ min: 0, max: 1, noNaN: true })
  const fields = fc.record(
    {
      decision_id: text,
      model_name: text,
      provider: text,
      thinking_level: text,
      response_quality: amount,
      success: fc.boolean(),
      response_time_ms: fc.double({ min: 0, max: limits.responseTimeMs, noNaN: true }),
      cost_usd: amount,
      instance_id: text,
      feedback_text: text,
      failure: text,
      corrects: fc.uuid(),
      propensity: amount,
      snapshot_version: fc.nat(),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fields, (some) => {
      const outcome = recorded(some)
      const { message } = outcome
      expect(written(outcome)).toEqual(
        JSON.parse(
          JSON.stringify({ ...message, occurred_at: new Date(recordedAtMs).toISOString() }),
        ),
      )
    }),
  )
})

test('is JSON as JSON.stringify escapes it', () => {
  const feedback = 'a "quote", a \\, \n, \u0000, \u007f, \ud83d\ude00 and half of one: \ud83d.'
  const text = createOutcomeWriter()(recorded({ feedback_text: feedback }))
  expect(text).toContain(`"feedback_text":${JSON.stringify(feedback)}`)
})

test('says when it was recorded, unless the caller said when it was observed', () => {
  const write = createOutcomeWriter()
  const times = [recordedAtMs, recordedAtMs, recordedAtMs + 1].map(
    (ms) => JSON.parse(write(recorded({}, { recordedAtMs: ms }))).occurred_at,
  )
  expect(times).toEqual([
    '2026-08-19T09:30:00.000Z',
    '2026-08-19T09:30:00.000Z',
    '2026-08-19T09:30:00.001Z',
  ])
  const given = '2026-08-01T00:00:00.000Z'
  expect(written(recorded({ occurred_at: given }))['occurred_at']).toBe(given)
})

test('hashes each prompt, also where several are alike in length or whole', () => {
  const write = createOutcomeWriter()
  for (const promptText of ['one', 'two', 'two', '', 'höher \ud83d\ude00']) {
    expect(JSON.parse(write(recorded({}, { promptText })))).toMatchObject({
      prompt_hash: sha256(promptText),
      prompt_length: promptText.length,
    })
  }
  expect(written(recorded())).not.toHaveProperty('prompt_hash')
})

test('says which instance recorded it, also where one writer serves several', () => {
  const write = createOutcomeWriter()
  for (const instance of ['agent-1', 'agent-1', 'agent "2"']) {
    expect(JSON.parse(write(recorded({ instance_id: instance })))['instance_id']).toBe(instance)
  }
})

test('holds nothing of a prompt that is not to be told of', () => {
  const outcome = written(recorded({}, { promptText: 'secret', prompts: 'none' }))
  expect(Object.keys(outcome).filter((name) => name.startsWith('prompt'))).toEqual([])
})

test('holds the prompt itself only where it is to be stored, cut and sound', () => {
  const promptText = `a "prompt" \u0000${'x'.repeat(limits.promptChars)}`
  expect(written(recorded({}, { promptText }))).not.toHaveProperty('prompt')
  const stored = written(recorded({}, { promptText, prompts: 'store' }))
  expect(stored['prompt']).toBe(promptText.replace('\u0000', '\ufffd').slice(0, limits.promptChars))
  expect(stored['prompt_hash']).toBe(sha256(promptText))
  expect(outcomeSchema.safeParse(stored).success).toBe(true)
})
