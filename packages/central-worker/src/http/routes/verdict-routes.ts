import { limits, type VerdictChange, verdictChangeSchema } from '@winrate/shared-schema/contracts'
import { z } from 'zod'
import { errorResponse, type HttpApp } from '../server/http-app.ts'
import { HttpError } from '../server/http-error.ts'
import { isStorableText, UNSTORABLE } from './storable-text.ts'

/** The change, or why nothing was changed. */
export type VerdictResult =
  | { readonly change: VerdictChange }
  | { readonly refused: { readonly code: string; readonly message: string } }

export interface VerdictDependencies {
  /** Leaves an instance out from the next tick on. */
  readonly quarantineInstance: (verdict: {
    readonly instanceId: string
    readonly reason: string
  }) => Promise<VerdictResult>
  /** Ends the quarantine of an instance at the next tick. */
  readonly releaseInstance: (verdict: {
    readonly instanceId: string
    readonly reason?: string | undefined
  }) => Promise<VerdictResult>
}

const text = (chars: number) =>
  z.string().trim().min(1).max(chars).refine(isStorableText, UNSTORABLE)

const quarantineBodySchema = z.object({
  instanceId: instanceIdSchema(),
  reason: text(limits.verdictReasonChars).describe('Shown wherever the quarantine is'),
})

const releaseBodySchema = quarantineBodySchema.extend({
  reason: quarantineBodySchema.shape.reason.optional(),
})

const response = {
  200: verdictChangeSchema.describe('What holds from the next tick on'),
  409: errorResponse.default.describe('The change is not possible now'),
  ...errorResponse,
}
const config = { scope: 'admin' } as const

export function addVerdictRoutes(app: HttpApp, dependencies: VerdictDependencies): void {
  app.post(
    '/v1/admin/quarantine',
    {
      config,
      schema: {
        operationId: 'quarantineInstance',
        summary: 'Leave out what an instance sent, from the next tick on',
        body: quarantineBodySchema,
        response,
      },
    },
    async ({ body }, reply) => reply.send(changeOf(await dependencies.quarantineInstance(body))),
  )
  app.post(
    '/v1/admin/release',
    {
      config,
      schema: {
        operationId: 'releaseInstance',
        summary: 'End the quarantine of an instance at the next tick',
        description:
          "An operator's quarantine is removed: the instance is judged by its numbers again. One that its numbers led to is overruled: the instance is trusted from then on, until it is quarantined and released.",
        body: releaseBodySchema,
        response,
      },
    },
    async ({ body }, reply) => reply.send(changeOf(await dependencies.releaseInstance(body))),
  )
}

/** As outcomes carry it: spaces at its ends are part of it. */
function instanceIdSchema() {
  return z.string().min(1).max(limits.instanceIdChars).refine(isStorableText, UNSTORABLE)
}

function changeOf(result: VerdictResult): VerdictChange {
  if ('refused' in result) throw new HttpError(409, result.refused)
  return result.change
}
