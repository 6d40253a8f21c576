// The tokens of the database: who may do what. A secret is in the answer that made it, and in no other.
import { tokenChangeSchema, tokensBodySchema } from '@winrate/shared-schema/http'
import { z } from 'zod'
import type { TokenControl } from '../../tokens/token-control.ts'
import { createTokenSchema, rotateTokenSchema } from '../../tokens/token-requests.ts'
import { describeRoute, errorResponse, type HttpApp } from '../server/http-app.ts'

export interface TokenDependencies {
  readonly tokens: TokenControl
}

const config = { scope: 'admin', atOnce: 8 } as const
const secretHeaders = { 'cache-control': 'no-store' }
const params = z.object({
  id: z.string().max(100).describe('The id of the token, its second part'),
})

export function addTokenRoutes(app: HttpApp, { tokens }: TokenDependencies): void {
  app.get(
    '/v1/tokens',
    {
      config,
      schema: {
        ...describeRoute(
          'readTokens',
          'The tokens of the database, without their secrets',
          tokensBodySchema.describe('The tokens'),
        ),
        description:
          'Those of the project, the newest first. Those that are over are shown for 90 days.',
      },
    },
    async ({ bearer }, reply) => reply.send(await tokens.list(bearer.project)),
  )
  const changes = (operationId: string, summary: string, description: string) => ({
    ...describeRoute(operationId, summary, tokenChangeSchema.describe('The token')),
    response: {
      200: tokenChangeSchema.describe('The token'),
      409: errorResponse.default.describe('The change is not possible now'),
      ...errorResponse,
    },
    description,
  })
  app.post(
    '/v1/tokens',
    {
      config,
      schema: {
        ...changes(
          'createToken',
          'Make a token',
          '`secret` is the token. It is shown this once: only its SHA-256 is stored.',
        ),
        body: createTokenSchema,
      },
    },
    async ({ body, bearer }, reply) =>
      reply.headers(secretHeaders).send(await tokens.create(bearer.project, body)),
  )
  app.post(
    '/v1/tokens/:id/rotate',
    {
      config,
      schema: {
        ...changes(
          'rotateToken',
          'Put another token in the place of this one',
          'The new token opens the same. The old one stays valid for the overlap, 24 hours unless said otherwise.',
        ),
        ...{ params, body: rotateTokenSchema },
      },
    },
    async ({ params: { id }, body, bearer }, reply) =>
      reply.headers(secretHeaders).send(await tokens.rotate(id, body, bearer.project)),
  )
  app.post(
    '/v1/tokens/:id/revoke',
    {
      config,
      schema: {
        ...changes(
          'revokeToken',
          'End a token',
          'Every replica refuses it within seconds, and ends the streams that it opened.',
        ),
        params,
      },
    },
    async ({ params: { id }, bearer }, reply) =>
      reply.send(await tokens.revoke(id, bearer.project)),
  )
}
