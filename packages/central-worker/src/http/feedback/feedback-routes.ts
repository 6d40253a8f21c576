// POST /v1/feedback: what people say of an answer, from the page where they read it. Guarantees: only who has a reference that
// was signed here says something, of that call alone, and nothing but a verdict, a quality and a text; an answer tells
// nothing of any call.
import {
  createReferenceSigner,
  limits,
  type ReferenceSigner,
  readReference,
} from '@winrate/shared-schema/contracts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { readPublication, type Seal } from '../routes/publication.ts'
import { type PublishDependencies, publish } from '../routes/publish.ts'
import { errorResponse, type HttpApp } from '../server/http-app.ts'
import { HttpError } from '../server/http-error.ts'
import { clientAddress } from './client-address.ts'
import { createRateLimit } from './rate-limit.ts'

export interface FeedbackOptions {
  /** What references are signed with; without one no feedback is taken. */
  readonly secrets: readonly string[]
  /** Pages that may send feedback; `*` stands for all. */
  readonly origins: readonly string[]
  /** How old a decision may be. */
  readonly days: number
  /** Proxies before the worker. */
  readonly proxyHops: number
}

export const noFeedback: FeedbackOptions = { secrets: [], origins: [], days: 7, proxyHops: 0 }

const PATH = '/v1/feedback'
const BODY_BYTES = 32_768
const DAY_MS = 86_400_000
/** People click, change their minds and write; more is a script. */
const MOST_OF_ADDRESS = { most: 60, windowMs: 60_000 }
const MOST_OF_DECISION = { most: 20, windowMs: 3_600_000 }
const PREFLIGHT_SECONDS = '3600'

const bodySchema = z
  .strictObject({
    reference: z.string().min(1).max(limits.referenceChars),
    success: z.boolean().optional(),
    qualityScore: z.number().min(0).max(1).optional(),
    feedbackText: z.string().max(limits.feedbackChars).optional(),
  })
  .refine(
    ({ success, qualityScore, feedbackText }) =>
      [success, qualityScore, feedbackText].some((said) => said !== undefined),
    'says nothing: send success, qualityScore or feedbackText',
  )

const answerSchema = z.object({ status: z.literal('queued') }).describe('In the queue')

interface FeedbackParts extends PublishDependencies {
  readonly feedback: FeedbackOptions
  readonly seal: Seal
  readonly nowMs: () => number
}

export function addFeedbackRoutes(
  app: HttpApp,
  { feedback, seal, nowMs, ...dependencies }: FeedbackParts,
): void {
  const signer = createReferenceSigner(feedback.secrets)
  const isAddressWithin = createRateLimit({ ...MOST_OF_ADDRESS, nowMs })
  const isDecisionWithin = createRateLimit({ ...MOST_OF_DECISION, nowMs })

  function admit(request: FastifyRequest, reply: FastifyReply): void {
    if (feedback.secrets.length === 0) throw feedbackOff()
    allowOrigin(request.headers.origin, feedback.origins, reply)
  }

  app.options(
    PATH,
    {
      config: { scope: 'open' },
      onRequest: async (request, reply) => admit(request, reply),
      schema: { hide: true },
    },
    async (_request, reply) =>
      reply
        .code(204)
        .header('access-control-allow-methods', 'POST')
        .header('access-control-allow-headers', 'authorization, content-type')
        .header('access-control-max-age', PREFLIGHT_SECONDS)
        .send(),
  )

  app.post(
    PATH,
    {
      config: { scope: 'feedback', atOnce: 200 },
      bodyLimit: BODY_BYTES,
      async onRequest(request, reply) {
        admit(request, reply)
        dependencies.limits.admit(request.bearer)
        const { headers, socket } = request.raw
        const forwarded = headers['x-forwarded-for']
        const address = clientAddress(socket.remoteAddress, forwarded, feedback.proxyHops)
        if (!isAddressWithin(address)) throw tooMuch('this address', MOST_OF_ADDRESS.windowMs)
      },
      schema: {
        operationId: 'sendFeedback',
        summary: 'Takes what people say of an answer, by a signed reference',
        description:
          'For pages: no token is needed, but a reference that a router has signed with one of the secrets of WINRATE_REFERENCE_SECRET. Says a verdict (success), a quality from 0 to 1 or a text of the call that the reference names, and nothing else of it. What is said later counts. A quality or text without a verdict is stored, and changes no win rate. Requests are limited by address and by decision; pages of other origins need WINRATE_FEEDBACK_ORIGINS.',
        body: bodySchema,
        response: { 202: answerSchema, ...errorResponse },
      },
    },
    async (request, reply) => {
      const { reference, success = null, qualityScore, feedbackText } = request.body
      checkReference(reference, signer, nowMs() - feedback.days * DAY_MS)
      if (!isDecisionWithin(reference.slice(0, UUID_CHARS))) {
        throw tooMuch('readers of this answer', MOST_OF_DECISION.windowMs)
      }
      const publication = readPublication(
        {
          ...{ reference, success },
          response_quality: qualityScore,
          feedback_text: feedbackText,
          // By the clock here: those of pages are wrong, and the last word counts.
          occurred_at: new Date(nowMs()).toISOString(),
        },
        seal,
        request.bearer.token?.instances,
      )
      await publish(dependencies, request, publication)
      return reply.code(202).send({ status: 'queued' as const })
    },
  )
}

const UUID_CHARS = 36

/** @throws HttpError 403, the same for all that was not signed here; 410 for what was, and is too old. */
function checkReference(reference: string, signer: ReferenceSigner, oldestMs: number): void {
  if (!signer.isSigned(reference) || readReference(reference) === undefined) {
    throw new HttpError(403, {
      code: 'reference-refused',
      message: 'The reference is not one that was signed with a secret of this worker.',
    })
  }
  const decidedMs = Number.parseInt(reference.slice(0, 8) + reference.slice(9, 13), 16)
  if (decidedMs < oldestMs) {
    throw new HttpError(410, {
      code: 'reference-expired',
      message: 'The answer is too old for feedback.',
    })
  }
}

function allowOrigin(
  origin: string | undefined,
  origins: readonly string[],
  reply: FastifyReply,
): void {
  reply.header('vary', 'origin')
  if (origin === undefined) return
  if (!origins.includes(origin) && !origins.includes('*')) {
    throw new HttpError(403, {
      code: 'origin-refused',
      message: 'Feedback from pages of this origin is not taken: see WINRATE_FEEDBACK_ORIGINS.',
    })
  }
  reply.header('access-control-allow-origin', origin)
}

function feedbackOff(): HttpError {
  return new HttpError(404, {
    code: 'feedback-off',
    message:
      'No feedback is taken here. Set WINRATE_REFERENCE_SECRET, as referenceSecret of routers.',
  })
}

/** @param what Comes too often. */
function tooMuch(what: string, windowMs: number): HttpError {
  const message = `Too much feedback from ${what}. Try again later.`
  const headers = { 'retry-after': String(windowMs / 1_000) }
  return new HttpError(429, { code: 'too-much-feedback', message }, { headers })
}
