import {
  decisionOutcomeId,
  limits,
  type OutcomeMessage,
  sealedBatchSchema,
  uuidV7,
  writeReference,
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

function refusal(body: unknown, instances?: readonly string[]) {
  try {
    readPublication(body, createSeal(), instances)
  } catch (error) {
    if (error instanceof HttpError) {
      return { status: error.status, code: error.code, message: error.message }
    }
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

  it('puts what a reference says in its place, and names the outcome by it', () => {
    const said = {
      ...{ instance_id: 'agent-1', decision_id: uuidV7(Date.now()), task_type: 'coding' },
      ...{ model_name: 'codex', provider: 'openai', attempt: 1, propensity: 0.25 },
    }
    const reference = writeReference(said)
    const { message, outcomeIds, problems } = readPublication(
      { reference, success: true },
      createSeal(),
    )
    expect(message.outcomes).toMatchObject([
      { ...said, success: true, outcome_id: outcomeIds?.[0] },
    ])
    expect({ outcomeIds, problems }).toEqual({
      ...{ outcomeIds: [decisionOutcomeId(said)], problems: undefined },
    })
  })

  it('tells of a reference that cannot be read, and keeps it for the dead letter', () => {
    const given = [
      { reference: 'w9~x', success: true },
      { ...outcome(), reference: 'w9~x' },
    ]
    const { message, rejected, problems } = readPublication(given, createSeal())
    const problem = expect.stringContaining('reference is no reference that this version can read')
    expect({ rejected, problems }).toEqual({
      rejected: 1,
      problems: [
        { index: 0, reason: 'reference_invalid', problem },
        { index: 1, field: 'reference', outcomes: 1, problem },
      ],
    })
    expect(message.outcomes).toMatchObject(given)
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
    const bad = [{}, 7, null, [], outcome({ success: 'yes' as never }), outcome()]
    const expected = {
      rejected: 5,
      problems: [
        { index: 0, reason: 'task_type_invalid', problem: 'task_type is missing' },
        ...[1, 2, 3].map((index) => ({
          ...{ index, reason: 'outcome_not_object', problem: 'an outcome must be an object' },
        })),
        {
          index: 4,
          reason: 'success_invalid',
          problem: 'success "yes" must be true, false or null',
        },
      ],
    }
    const sealed = readPublication(batch({ outcomes: bad }), createSeal())
    expect(sealed).toEqual({ message: batch({ outcomes: bad }), ...expected })
    const { message, outcomeIds, ...told } = readPublication(bad, createSeal())
    expect(message.outcomes).toHaveLength(bad.length)
    expect(outcomeIds?.map((id) => typeof id)).toEqual([
      ...['string', 'object', 'object', 'object', 'string', 'string'],
    ])
    expect(told).toEqual(expected)
  })

  it('names 20 rejected outcomes of many, and says how many there are', () => {
    const { rejected, problems } = readPublication(
      [outcome(), ...Array.from({ length: 99 }, () => 7)],
      createSeal(),
    )
    expect(rejected).toBe(99)
    expect(problems?.map(({ index }) => index)).toEqual(
      Array.from({ length: 20 }, (_, at) => at + 1),
    )
  })

  it('tells each field that is left out or almost a field once, with the number of outcomes', () => {
    const odd = { ...outcome({ cost_usd: -1 }), qualityScore: 1, weather: 'fine', quality_score: 4 }
    for (const body of [[outcome(), odd, odd], batch({ outcomes: [outcome(), odd, odd] })]) {
      const { rejected, problems } = readPublication(body, createSeal())
      expect(rejected).toBeUndefined()
      expect(problems).toEqual([
        {
          ...{ index: 1, field: 'quality_score', outcomes: 2 },
          problem: 'quality_score 4 is not 0..1: on a scale of 5 send 0.8',
        },
        {
          ...{ index: 1, field: 'cost_usd', outcomes: 2 },
          problem: 'cost_usd -1 is not 0..1000000',
        },
        {
          ...{ index: 1, field: 'qualityScore', outcomes: 2 },
          problem: 'qualityScore is not a field of an outcome (did you mean quality_score?)',
        },
      ])
    }
  })

  it('names the required field that a rejected outcome probably misspells', () => {
    const { task_type: taskType, ...rest } = outcome()
    const { problems } = readPublication({ ...rest, taskType }, createSeal())
    expect(problems).toEqual([
      {
        ...{ index: 0, reason: 'task_type_invalid' },
        problem:
          'task_type is missing; taskType is not a field of an outcome (did you mean task_type?)',
      },
    ])
  })

  it('gives an id to an outcome whose own is none', () => {
    const { message, outcomeIds, problems } = readPublication(
      outcome({ outcome_id: 'order-17' }),
      createSeal(),
    )
    expect(outcomeIds).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)])
    expect(message.outcomes).toMatchObject([{ outcome_id: outcomeIds?.[0] }])
    expect(problems).toMatchObject([
      { index: 0, field: 'outcome_id', problem: 'outcome_id "order-17" must be a UUID' },
    ])
  })

  it.each([
    ['batch_id', 'x'],
    ['instance_id', ''],
    ['session_id', 7],
    ['sdk', '\0'],
    ['sealed_at', 'now'],
    ['dropped', { 'a\0': 1 }],
    ['dropped', { overflow: -1 }],
  ])('leaves %s of a batch out where it is %j, and says so', (field, value) => {
    const { message, problems, rejected } = readPublication(batch({ [field]: value }), createSeal())
    const good = Object.entries(batch()).filter(([name]) => name !== field)
    expect(message).toMatchObject(Object.fromEntries(good))
    expect(Reflect.get(message, field)).toEqual(
      field === 'batch_id' ? expect.stringMatching(/^[0-9a-f-]{36}$/) : undefined,
    )
    expect(rejected).toBeUndefined()
    expect(problems).toEqual([
      { field, problem: expect.stringContaining(`${field} of the batch is left out: `) },
    ])
  })

  it('an outcome of a batch without an instance needs its own', () => {
    const { instance_id: _id, ...anonymous } = outcome()
    const outcomes = [outcome(), anonymous]
    expect(readPublication(batch({ outcomes }), createSeal()).rejected).toBeUndefined()
    const { rejected, problems } = readPublication(
      batch({ outcomes, instance_id: undefined }),
      createSeal(),
    )
    expect(rejected).toBe(1)
    expect(problems).toMatchObject([{ index: 1, reason: 'instance_id_invalid' }])
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
    ['outcomes that are no list', batch({ outcomes: { length: 1 } }), 'body.outcomes'],
    ['nothing', undefined, 'body'],
    ['null', null, 'body'],
    ['a number', 7, 'body'],
    ['a text', 'outcome', 'body'],
    ['an empty list', [], 'body'],
    ['a batch without a format', batch({ format: undefined }), 'body.format'],
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
    const hostile = 'x'.repeat(10_000)
    const outcomes = [{ ...outcome(), [hostile]: 1, [`task_type${hostile}`]: 1 }]
    const { problems } = readPublication(
      batch({ dropped: { [hostile]: 1 }, outcomes }),
      createSeal(),
    )
    expect(JSON.stringify(problems).length).toBeLessThan(800)
  })
})

describe('a sender that speaks for certain instances', () => {
  const own = ['agent-1', 'agent-2']
  const referring = (instanceId: string) => ({
    success: true,
    reference: writeReference({
      ...{ decision_id: outcomeId, task_type: 'coding', model_name: 'codex', provider: 'codex' },
      ...{ attempt: 1, instance_id: instanceId },
    }),
  })

  it.each<[string, unknown]>([
    ['a batch of another', batch({ instance_id: 'agent-3' })],
    [
      'an outcome of another in its own batch',
      batch({ outcomes: [outcome({ instance_id: 'agent-3' })] }),
    ],
    ['an outcome of another', outcome({ instance_id: 'agent-3' })],
    ['one of another beside its own', [outcome(), outcome({ instance_id: 'agent-3' })]],
    ['a name with a space', outcome({ instance_id: 'agent-1 ' })],
    ['a name that is no text', batch({ outcomes: [{ ...outcome(), instance_id: 3 }] })],
    ['a name in a list', batch({ outcomes: [{ ...outcome(), instance_id: ['agent-1'] }] })],
    ['a reference of another', referring('agent-3')],
    ['a reference of another in its own batch', batch({ outcomes: [referring('agent-3')] })],
  ])('is refused %s, and told what to do', (_, body) => {
    expect(refusal(body, own)).toMatchObject({ status: 403, code: 'other-instance' })
    expect(refusal(body, own).message).toMatch(
      /speaks for agent-1, agent-2, not for .*token create/,
    )
  })

  it('publishes for each of them', () => {
    for (const body of [
      batch(),
      batch({ instance_id: undefined }),
      batch({ outcomes: [outcome({ instance_id: 'agent-2' })] }),
      outcome({ instance_id: 'agent-2' }),
      referring('agent-1'),
      batch({ outcomes: [referring('agent-2')] }),
      // Whom an outcome names itself comes before whom its reference names, in ingest too.
      batch({ outcomes: [{ ...referring('agent-3'), instance_id: 'agent-1' }] }),
    ]) {
      expect(readPublication(body, createSeal(), own).rejected).toBeUndefined()
    }
  })

  it('is meant by an outcome without an instance, where it is one', () => {
    const bare = [{ ...outcome(), instance_id: undefined }]
    const { message, rejected } = readPublication(bare, createSeal(), ['agent-1'])
    expect(message.outcomes).toMatchObject([{ instance_id: 'agent-1' }])
    expect(rejected).toBeUndefined()
    // Of several nobody knows which: ingest rejects it, as without a list.
    expect(readPublication(bare, createSeal(), own)).toMatchObject({ rejected: 1 })
  })
})
