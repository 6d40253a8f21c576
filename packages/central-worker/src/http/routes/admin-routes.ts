import { z } from 'zod'
import { errorResponse, type HttpApp } from '../server/http-app.ts'
import { HttpError } from '../server/http-error.ts'

/** What is served to whom, after an operator's change. */
export const headStateSchema = z.object({
  epoch: z.uuid(),
  /** Newest version; 0 before the first. */
  version: z.int().min(0),
  /** Version whose content every new one repeats; null when none is pinned. */
  pinnedVersion: z.int().positive().nullable(),
  /** While a canary runs: what the other instances are held at. */
  heldVersion: z.int().positive().nullable(),
  /** While a canary runs: share of instances that get the newest version, 0 to 1. */
  canaryShare: z.number().min(0).max(1).nullable(),
})

export type HeadState = z.infer<typeof headStateSchema>

/** The head after the change, or why nothing was changed. */
export type AdminResult =
  | { readonly head: HeadState }
  | { readonly refused: { readonly code: string; readonly message: string } }

export interface AdminDependencies {
  /** Makes every new snapshot repeat the content of this version. */
  readonly pinSnapshot: (version: number) => Promise<AdminResult>
  readonly unpinSnapshot: () => Promise<AdminResult>
  /** Gives newer snapshots to this share of the instances only. */
  readonly startCanary: (share: number) => Promise<AdminResult>
  /** Gives the newest snapshot to all instances. */
  readonly promoteCanary: () => Promise<AdminResult>
  /** Takes all instances back to the held snapshot. */
  readonly abortCanary: () => Promise<AdminResult>
}

const pinBodySchema = z.object({ version: z.int().positive() })
const canaryBodySchema = z.object({ share: z.number().min(0).max(1) })

const response = {
  200: headStateSchema.describe('What is served now'),
  409: errorResponse.default.describe('The change is not possible now'),
  ...errorResponse,
}
const config = { scope: 'admin' } as const

export function addAdminRoutes(app: HttpApp, dependencies: AdminDependencies): void {
  const schemaOf = (operationId: string, summary: string) => ({ operationId, summary, response })

  app.post(
    '/v1/admin/pin',
    {
      config,
      schema: {
        ...schemaOf('pinSnapshot', 'Serve the content of one version until it is unpinned'),
        body: pinBodySchema,
      },
    },
    async ({ body }, reply) => reply.send(headOf(await dependencies.pinSnapshot(body.version))),
  )
  app.post(
    '/v1/admin/unpin',
    { config, schema: schemaOf('unpinSnapshot', 'Serve new content again') },
    async (_request, reply) => reply.send(headOf(await dependencies.unpinSnapshot())),
  )
  app.post(
    '/v1/admin/canary',
    {
      config,
      schema: {
        ...schemaOf('startCanary', 'Serve newer snapshots to a share of the instances only'),
        body: canaryBodySchema,
      },
    },
    async ({ body }, reply) => reply.send(headOf(await dependencies.startCanary(body.share))),
  )
  app.post(
    '/v1/admin/canary/promote',
    { config, schema: schemaOf('promoteCanary', 'End the canary: the newest snapshot for all') },
    async (_request, reply) => reply.send(headOf(await dependencies.promoteCanary())),
  )
  app.post(
    '/v1/admin/canary/abort',
    { config, schema: schemaOf('abortCanary', 'End the canary: the held snapshot for all') },
    async (_request, reply) => reply.send(headOf(await dependencies.abortCanary())),
  )
}

function headOf(result: AdminResult): HeadState {
  if ('refused' in result) throw new HttpError(409, result.refused)
  return result.head
}
