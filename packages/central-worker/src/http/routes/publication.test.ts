import {
  limits,
  type OutcomeMessage,
  sealedBatchSchema,
  uuidV7,
} from '@winrate/shared-schema/contracts'
import { describe, expect, it } from 'vitest'
import { HttpError } from '../server/http-error.ts'
import { readPublication, type Seal } from './publication.ts'

const outcomeId = '0198a000-0000-7000-8000-0000000000aa'

function outcome(fields: Partial<OutcomeMessage> = {}): OutcomeMessage {
  return {
    task_type: 'coding',
    model_name: 'codex',
    success: true,
    instance_id: 'agent-1',
    ...fields,
  }
}

function batch(fields: object = {}) {
  return {
    format: 1,
    batch_id: '0198a000-0000-7000-8000-0000000000bb',
    instance_id: 'agent-1',
    session_id: '0198a000-0000-7000-8000-0000000000cc',
    sdk: 'router-client/1',
    sealed_at: '2026-08-01T12:00:00Z',
    dropped: { overflow: 3 },
    outcomes: [outcome({ outcome_id: outcomeId })],
    ...fields,
  }
}

function createSeal(): Seal {
  let made = 0
  return {
    instanceId: 'worker-1',
    sessionId: uuidV7(1),
    sdk: 'winrate-central-worker/1',
    nowMs: () => Date.parse('2026-08-01T12:00:00Z'),
    newId: () => uuidV7(++made),
  }
}

function refusal(body: unknown): { status: number; message: string } {
  try {
    readPublication(body, createSeal())
  } catch (error) {
    if (error instanceof HttpError) return { status: error.status, message: error.message }
    throw error
  }
  throw new Error('the body was taken')
}

describe('readPublication', () => {
  it('passes a sealed batch on as it is', () => {
    expect(readPublication(batch(), createSeal())).toEqual({ message: batch() })
  })

  it('takes a sealed batch without outcomes, which still tells what was dropped', () => {
    expect(readPublication(batch({ outcomes: [] }), createSeal()).message.outcomes).toEqual([])
  })

  it('names an outcome without an id by its decision and model, a correction by itself', () => {
    const decided = { outcome_id: undefined, decision_id: 'request-1' }
    const { outcomeIds = [] } = readPublication(
      [
        outcome(decided),
        outcome({ ...decided, success: false }),
        outcome({ ...decided, model_name: 'another' }),
        outcome({ ...decided, corrects: outcomeId }),
      ],
      createSeal(),
    )
    expect(outcomeIds[1]).toBe(outcomeIds[0])
    expect(new Set(outcomeIds).size).toBe(3)
  })

  it('seals a list of outcomes into one batch and names those without a name', () => {
    const bare = [outcome(), outcome({ outcome_id: outcomeId })]
    const { message, outcomeIds } = readPublication(bare, createSeal())
    const { outcomes, ...envelope } = sealedBatchSchema.parse(message)
    expect(envelope).toMatchObject({ instance_id: 'worker-1', dropped: {} })
    expect(outcomes.map((each) => each.outcome_id)).toEqual(outcomeIds)
    expect(outcomeIds?.[1]).toBe(outcomeId)
    expect(new Set([...(outcomeIds ?? []), message.batch_id]).size).toBe(3)
  })

  it('seals one outcome as it is, whatever its fields are called', () => {
    const { model_name: _name, ...rest } = outcome()
    const body = { ...rest, selected_model: 'codex', quality_score: 0.5, other: { deep: [] } }
    const { message, problems } = readPublication(body, createSeal())
    expect(message.outcomes).toEqual([{ ...body, outcome_id: expect.any(String) }])
    expect(problems).toBeUndefined()
  })

  it("does not let an outcome without an instance count as the server's", () => {
    const { instance_id: _id, ...anonymous } = outcome()
    const { message, problems } = readPublication(anonymous, createSeal())
    expect(message.outcomes).toMatchObject([{ instance_id: '' }])
    expect(problems).toMatchObject([{ index: 0 }])
  })

  it('leaves the judgement of outcomes to ingest, and names what it will reject of a list', () => {
    const bad = [{}, 7, null, [], outcome({ success: 1 as never }), outcome()]
    const sealed = readPublication(batch({ outcomes: bad }), createSeal())
    expect(sealed).toEqual({ message: batch({ outcomes: bad }) })
    const { message, outcomeIds, problems } = readPublication(bad, createSeal())
    expect(message.outcomes).toHaveLength(bad.length)
    expect(outcomeIds?.map((id) => typeof id)).toEqual([
      ...['string', 'object', 'object', 'object', 'string', 'string'],
    ])
    expect(problems?.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4])
    expect(problems?.[4]?.problem).toContain('success')
  })

  it('replaces what Postgres cannot store, in an outcome without touching its neighbours', () => {
    const body = [
      outcome({ prompt: '\ud800', feedback_text: 'a\0b' }),
      outcome({ prompt: 'fine 👍' }),
    ]
    const { message } = readPublication(body, createSeal())
    expect(message.outcomes).toMatchObject([
      { prompt: '\ufffd', feedback_text: 'a\ufffdb' },
      { prompt: 'fine 👍' },
    ])
  })

  it.each<[string, unknown, string]>([
    ['an unknown format', batch({ format: 2 }), 'body.format'],
    ['a wrong batch id', batch({ batch_id: 'x' }), 'body.batch_id'],
    ['outcomes that are no list', batch({ outcomes: { length: 1 } }), 'body.outcomes'],
    ['nothing', undefined, 'body'],
    ['null', null, 'body'],
    ['a number', 7, 'body'],
    ['a text', 'outcome', 'body'],
    ['an empty list', [], 'body'],
    ['a NUL in a reason', batch({ dropped: { 'a\0': 1 } }), 'body.dropped'],
    ['a NUL in the envelope', batch({ sdk: '\0' }), 'body.sdk'],
  ])('refuses %s and names where it is', (_what, body, where) => {
    const { status, message } = refusal(body)
    expect(status).toBe(400)
    expect(message.slice(0, message.indexOf(': '))).toBe(where)
  })

  it('refuses more outcomes than a batch may hold, so that they are sent in parts', () => {
    const many = Array.from({ length: limits.outcomesPerBatch + 1 }, () => outcome())
    expect(refusal(many).status).toBe(413)
    expect(refusal(batch({ outcomes: many })).status).toBe(413)
  })

  it('does not repeat a hostile key at length', () => {
    const { message } = refusal(batch({ dropped: { ['x'.repeat(10_000)]: 1 } }))
    expect(message.length).toBeLessThan(400)
  })
})
