import { whoamiBodySchema } from '@winrate/shared-schema/http'
import type { BearerAuth } from '../server/bearer-auth.ts'
import { describeRoute, type HttpApp } from '../server/http-app.ts'

export interface WhoamiDependencies {
  readonly auth: BearerAuth
  /** Whether people's feedback is taken, which a signed reference opens. */
  readonly takesFeedback: boolean
}

export function addWhoamiRoutes(app: HttpApp, { auth, takesFeedback }: WhoamiDependencies): void {
  app.get(
    '/v1/whoami',
    {
      config: { scope: 'any' },
      schema: {
        ...describeRoute(
          'whoami',
          'What the token of the request opens',
          whoamiBodySchema.describe('The scopes'),
        ),
        description:
          'An unknown token is refused with 401, also where some scopes are open. `open` is true where no token was needed. `feedback` needs no token but the reference of a decision.',
      },
    },
    async ({ headers }, reply) => {
      const { scopes, byToken } = auth.scopesOf(headers.authorization)
      return reply.send({
        scopes: [...scopes, ...(takesFeedback ? (['feedback'] as const) : [])],
        open: !byToken,
      })
    },
  )
}
