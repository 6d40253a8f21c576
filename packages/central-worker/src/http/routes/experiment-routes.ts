// Does learned routing pay?
import { type ExperimentBody, experimentBodySchema } from '@winrate/shared-schema/http'
import { describeRoute, type HttpApp } from '../server/http-app.ts'

export interface ExperimentDependencies {
  readonly readComparison: () => Promise<ExperimentBody>
}

export function addExperimentRoutes(app: HttpApp, dependencies: ExperimentDependencies): void {
  app.get(
    '/v1/experiment',
    {
      config: { scope: 'read', atOnce: 8 },
      schema: {
        ...describeRoute(
          'readExperiment',
          'What learned routing does against the baseline of the standing experiment',
          experimentBodySchema.describe('The comparison'),
        ),
        description:
          'Differences are those of learned routing to the holdout, with 95 % confidence sequences: of all experiments, 5 % ever show one that excludes the truth, however often it is read. Read at most once in 10 seconds, and what tells of days without an experiment once in a minute. `basis` says what a day rests on; intervals of single days are for one look, those of `totals` are confidence sequences.',
      },
    },
    async (_request, reply) => reply.send(await dependencies.readComparison()),
  )
}
