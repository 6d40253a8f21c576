// Answers one request of an SDK through `router.call()`.
import { listCallable, routingFor } from '../adapters/routing.ts'
import { type Turns, toolCallKey } from '../adapters/turns.ts'
import { judgeAnswer } from '../adapters/verdict.ts'
import type { Attempt } from '../calls/call-options.ts'
import type { Router } from '../router.ts'
import type { RouteOptions } from '../routing/request/route-options.ts'
import type { Candidate } from '../routing/table/candidate.ts'
import { RouterError } from '../runtime/router-error.ts'
import type { Asked, Fields, ModelApi, Seen } from './apis/model-api.ts'
import { bytesOf, type EventChunk } from './event-chunks.ts'
import type { CallSettings } from './options.ts'
import { refusal } from './provider-error.ts'
import { type Answer, openAnswer, readAnswer } from './read-answer.ts'
import { withBody } from './read-body.ts'
import { REFERENCE_HEADER, readHeaders } from './read-headers.ts'

/** A request that names a task type in place of a model. */
export interface ModelRequest {
  readonly api: ModelApi
  readonly taskType: string
  /** The provider's model that the request names, where it is only observed. */
  readonly observed: string | undefined
  readonly body: Fields
  /** The body as it came. */
  readonly text: string
  readonly headers: Headers
  readonly signal: AbortSignal | undefined
  /** The same object in all retries of the call. */
  readonly repeats: object
}

/** What goes to the provider. */
export interface Sent {
  readonly body: string
  readonly headers: Headers
  readonly signal: AbortSignal
}

export interface CallInput {
  readonly router: Pick<Router, 'call' | 'rankedForTask'>
  /** Whose models are behind the client. */
  readonly provider: string
  /** The task type of requests that name a model; undefined where they are not observed. */
  readonly observedAs: string | undefined
  readonly usual: CallSettings
  readonly turns: Turns
}

/**
 * @param send Sends it as it is to be sent to the provider.
 * @throws What `router.call()` throws: a ProviderError where the last provider has answered.
 */
export async function callModel(
  input: CallInput,
  request: ModelRequest,
  send: (sent: Sent) => Promise<Response>,
): Promise<Response> {
  const { router, turns, usual } = input
  const { api, observed, body, signal, repeats } = request
  const { headers, routing: own } = readHeaders(request.headers)
  const { verify, taskType = request.taskType, ...given } = { ...usual, ...own }
  const asked = api.readAsked(body)
  const { lastWords, answered: earlier, messages } = asked
  // Another model of the application's takes part in no turn of this one.
  const turnsOf = observed === undefined ? taskType : `${taskType} ${observed}`
  const keyOf = (announced: string) => toolCallKey(turnsOf, lastWords, announced)
  const turn = turns.of(repeats, earlier.map(keyOf))
  const options = { ...routingOf(input, taskType, { asked, given, observed }), signal, turn }

  function expect(announced: string): void {
    turns.expect(keyOf(announced), turn)
    // A step of OpenAI's responses need not repeat what the user said.
    turns.expect(toolCallKey(turnsOf, '', announced), turn)
  }

  async function ask({ model, thinkingLevel: level, signal: until }: Attempt): Promise<Response> {
    const named = { ...body, model }
    const isLevelOpen = level !== undefined && asked.level === undefined
    const sent = isLevelOpen ? api.atLevel(named, level) : named
    const response = await send({
      ...{ body: observed === undefined ? JSON.stringify(sent) : request.text },
      ...{ headers: new Headers(headers), signal: until },
    })
    if (response.ok) return response
    throw await refusal(response)
  }

  function judge(seen: Seen | undefined, attempt: Attempt) {
    if (seen === undefined || seen.goesOn === true) return null
    const { text, toolCalls, finishReason } = seen
    const answer = { text, toolCalls, finishReason, request: body }
    const expected = { ...asked, mayBeEmpty: earlier.length > 0 }
    return judgeAnswer(seen, expected, verify && (() => verify(answer, attempt)))
  }

  async function complete(): Promise<Response> {
    const run = async (attempt: Attempt) => {
      const answer = await readAnswer(api, await ask(attempt))
      answer.seen?.announced.forEach(expect)
      return answer
    }
    const { result, answered } = await router.call(taskType, messages, run, {
      ...options,
      verify: ({ seen }: Answer, attempt) => judge(seen, attempt),
    })
    return marked(result.response, result.response.body, answered.reference)
  }

  async function stream(): Promise<Response> {
    /** Of the attempt that answered, which is the last one. */
    let seen: () => Seen | undefined = () => undefined
    const run = async (attempt: Attempt) => {
      const opened = await openAnswer(api, await ask(attempt), expect)
      ;({ seen } = opened)
      return opened
    }
    const followed = await router.call(taskType, messages, run, {
      ...options,
      streamOf: ({ chunks }) => chunks,
      verify: (_, attempt) => judge(seen(), attempt),
    })
    const bytes = bytesOf(followed.stream as AsyncIterable<EventChunk>)
    return marked(followed.result.response, bytes, followed.answered.reference)
  }

  try {
    return await (body['stream'] === true ? stream() : complete())
  } catch (error) {
    turns.fail(repeats, turn)
    throw error
  }
}

interface ToRoute {
  readonly asked: Asked
  readonly given: RouteOptions
  readonly observed: string | undefined
}

function routingOf(
  { router, provider }: CallInput,
  taskType: string,
  { asked, given, observed }: ToRoute,
) {
  const isHere = (candidate: Candidate) =>
    [candidate.provider, candidate.api].includes(provider) || undefined
  const listed = listCallable(router, { taskType, routing: given }, isHere)
  const { callable, others } = listed
  const { level, hasTools } = asked
  const routing = routingFor(given, listed, { unfit: others, level, hasTools })
  if (observed !== undefined) {
    const known = callable.find(({ candidate: one }) =>
      [one.model, one.modelName].includes(observed),
    )
    const model = { provider: known?.candidate.provider ?? provider, model: observed }
    return { ...routing, observe: { ...model, thinkingLevel: level } }
  }
  if (callable.length === 0) {
    const known = [...new Set(others.map((other) => other.provider))].join(', ')
    throw new RouterError('no-candidate', [
      `the client reaches ${provider}, and the router's candidates are of ${known || 'none'}: name the provider as the router does, or name candidates`,
    ])
  }
  return routing
}

function marked(response: Response, body: ReadableStream | null, reference: string): Response {
  return withBody(response, body, { [REFERENCE_HEADER]: reference })
}
