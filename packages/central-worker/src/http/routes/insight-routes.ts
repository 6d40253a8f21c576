import {
  type PatternsBody,
  patternsBodySchema,
  type Quarantine,
  quarantinesBodySchema,
} from '@winrate/shared-schema/contracts'
import { errorResponse, type HttpApp } from '../server/http-app.ts'

export interface InsightDependencies {
  /** What stands out among models, instances and thinking levels. */
  readonly readPatterns: () => Promise<PatternsBody>
  /** What the last tick left out, and what operators have decided. */
  readonly readQuarantines: () => Promise<Quarantine[]>
}

export function addInsightRoutes(app: HttpApp, dependencies: InsightDependencies): void {
  app.get(
    '/v1/patterns',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'readPatterns',
        summary: 'Which models gain where, which instances differ, which thinking levels pay',
        description:
          'Differences in percentage points, each with its 95 % interval. Rates of fewer than 10 samples take no part. `clear` is what stands out among all comparisons of a list: of those 5 % are expected to be chance (Benjamini and Hochberg).',
        response: { 200: patternsBodySchema.describe('The patterns'), ...errorResponse },
      },
    },
    async (_request, reply) => reply.send(await dependencies.readPatterns()),
  )

  app.get(
    '/v1/quarantines',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'readQuarantines',
        summary: 'What the last tick left out, why, and what operators have decided',
        response: { 200: quarantinesBodySchema.describe('The quarantines'), ...errorResponse },
      },
    },
    async (_request, reply) => reply.send({ quarantines: await dependencies.readQuarantines() }),
  )
}
