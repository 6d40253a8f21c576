import {
  limits,
  outcomeMessageSchema,
  outcomeSchema,
  publishedSchema,
  sealedBatchSchema,
} from '@winrate/shared-schema/contracts'
import { toZod } from '@winrate/shared-schema/zod'
import { z } from 'zod'
import { errorResponse, type HttpApp } from '../server/http-app.ts'
import { HttpError } from '../server/http-error.ts'
import { outcomeProblemSchema } from './outcome-problems.ts'
import { readPublication, type Seal } from './publication.ts'
import { type PublishDependencies, publish } from './publish.ts'

const referringSchema = toZod(outcomeMessageSchema)
  .partial()
  .required({ success: true })
  .extend({ reference: z.string().max(limits.referenceChars) })
  .describe('An outcome whose call a reference names')

const bodySchema = z.union([
  toZod(sealedBatchSchema),
  toZod(outcomeSchema),
  referringSchema,
  z
    .array(z.union([toZod(outcomeSchema), referringSchema]))
    .min(1)
    .max(limits.outcomesPerBatch),
])

const answerSchema = toZod(publishedSchema).extend({
  /** Only where the server sealed the outcomes: their ids, in the order sent. */
  outcomeIds: z.array(z.string().nullable()).optional(),
  /** Outcomes that will become dead letters; absent for none. */
  rejected: z.int().optional(),
  /** Rejected outcomes first, at most 20; then each field that is left out or unknown, once. */
  problems: z.array(outcomeProblemSchema).optional(),
})

export function addOutcomeRoutes(
  app: HttpApp,
  { seal, ...dependencies }: PublishDependencies & { readonly seal: Seal },
): void {
  app.post(
    '/v1/outcomes',
    {
      config: { scope: 'publish', atOnce: 1_000 },
      bodyLimit: limits.batchBytes,
      async onRequest(request) {
        refuseEncoding(request.headers['content-encoding'])
        dependencies.limits.admit(request.bearer)
      },
      // readPublication checks the envelope; ingest judges each outcome on its own.
      validatorCompiler: () => (body: unknown) => ({ value: body }),
      schema: {
        operationId: 'publishOutcomes',
        summary: 'Puts outcomes into the queue',
        description:
          'A sealed batch, one outcome or a list of them. The server queues all outcomes, and each is then judged by itself: without a task type, model, verdict or instance that can be read it becomes a dead letter; any other field that cannot be read is left out. The answer is 202 all the same, because the other outcomes are stored: `problems` says which outcome will be rejected, for which reason, which fields are left out, and which unknown fields are probably misspelt. Sending a body again is safe where every outcome has an outcome_id, or a decision_id and a time: each counts once. Of several outcomes of one decision and model without an outcome_id the last one counts. The header Date, where there is one, says when the body was sent, by the clock that its times were taken from: where that clock is wrong, the times are corrected. A reference, as decisions have it, says which call an outcome is of, with its propensity; what it says comes before what stands beside it, except for instance_id. A token that speaks for certain instances publishes for these only: 403 other-instance. Beyond a limit of the token or the project the answer is 429 with Retry-After, and nothing is queued: send the same body again. Outcomes whose task type or model is one new name too many become dead letters, and `problems` says so. selected_model, selected_provider and quality_score are read as model_name, provider and response_quality.',
        body: bodySchema,
        response: {
          202: answerSchema.describe('In the queue, not yet counted'),
          ...errorResponse,
        },
      },
    },
    async (request, reply) => {
      const publication = readPublication(request.body, seal, request.bearer.token?.instances)
      const sentAt = readDate(request.headers.date)
      const { batch_id: batchId, outcomes } = publication.message
      const published = await publish(dependencies, request, publication, sentAt)
      return reply.code(202).send({ batchId, outcomes: outcomes.length, ...published })
    },
  )
}

/** The time by which outcomes of a wrong clock are corrected. */
function readDate(date: string | undefined): Date | undefined {
  const sentAt = new Date(date ?? '')
  return Number.isNaN(sentAt.getTime()) ? undefined : sentAt
}

function refuseEncoding(contentEncoding: string | undefined): void {
  if (contentEncoding === undefined || contentEncoding === 'identity') return
  throw new HttpError(415, {
    code: 'unsupported-content-encoding',
    message: 'Send the body without Content-Encoding.',
  })
}
