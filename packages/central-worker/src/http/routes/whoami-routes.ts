import { type Limits, whoamiBodySchema } from '@winrate/shared-schema/http'
import type { KnownToken } from '../../tokens/token-book.ts'
import { describeRoute, type HttpApp } from '../server/http-app.ts'

export interface WhoamiDependencies {
  /** Whether people's feedback is taken, which a signed reference opens. */
  readonly takesFeedback: boolean
  /** What the whole project may do. */
  readonly limits: Limits
}

export function addWhoamiRoutes(app: HttpApp, { takesFeedback, limits }: WhoamiDependencies): void {
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
          'An unknown token is refused with 401, also where some scopes are open. `open` is true where no token was needed. `feedback` needs the reference of a decision, and no token.',
      },
    },
    async ({ bearer: { project, scopes, byToken, token } }, reply) =>
      reply.send({
        scopes: scopes.filter((scope) => scope !== 'feedback' || takesFeedback),
        open: !byToken,
        project,
        limits,
        ...(token !== undefined && { token: describeToken(token) }),
      }),
  )
}

function describeToken({ id, label, expiresAt, instances, limits }: KnownToken) {
  return {
    ...{ id, label, expiresAt: expiresAt?.toISOString() ?? null },
    instances: instances === null ? null : [...instances],
    limits,
  }
}
