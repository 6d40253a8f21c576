// Projects beside `default`, for its admin tokens. Those of other projects find nothing here.
import { projectFactsSchema, tokenChangeSchema } from '@winrate/shared-schema/http'
import { z } from 'zod'
import type { ProjectChanges } from '../../projects/change-projects.ts'
import { projectName } from '../../projects/project-names.ts'
import { createTokenSchema } from '../../tokens/token-requests.ts'
import { describeRoute, errorResponse, type HttpApp } from '../server/http-app.ts'
import { invalidRequest } from '../server/http-error.ts'
import type { TokenDependencies } from './token-routes.ts'

export interface ProjectDependencies extends TokenDependencies {
  readonly projects: ProjectChanges
}

const config = { scope: 'admin', atOnce: 2 } as const
/** To make or drop a database takes seconds, and what was asked for goes on after an answer. */
const slow = { ...config, withinMs: 50_000 }
const secretHeaders = { 'cache-control': 'no-store' }
const params = z.object({ name: projectName })

export function addProjectRoutes(app: HttpApp, { projects, tokens }: ProjectDependencies): void {
  const facts = projectFactsSchema.describe('Every project, and what was changed')
  const changes = <Answer extends z.ZodType>(
    answer: Answer,
    operationId: string,
    summary: string,
  ) => ({
    ...describeRoute(operationId, summary, answer),
    response: {
      200: answer,
      409: errorResponse.default.describe('The change is not possible now'),
      ...errorResponse,
    },
  })
  app.get(
    '/v1/projects',
    {
      config,
      schema: {
        ...describeRoute('readProjects', 'The projects beside `default`', facts),
        description: 'For admin tokens of `default`.',
      },
    },
    async (_request, reply) => reply.send(await projects.list()),
  )
  app.post(
    '/v1/projects',
    {
      config: slow,
      schema: {
        ...changes(facts, 'createProject', 'Create a project'),
        description:
          'Makes its database, as "npx winrate project create" does. After an interruption or a time-out, ask again.',
        body: z.object({ name: projectName }),
      },
    },
    async ({ body }, reply) => reply.headers(secretHeaders).send(await projects.create(body.name)),
  )
  app.post(
    '/v1/projects/:name/delete',
    {
      config: slow,
      schema: {
        ...changes(facts, 'deleteProject', 'Delete a project'),
        description:
          'Revokes its tokens and drops its database, with all that it has learned. `name` in the body repeats the name. After an interruption or a time-out, ask again.',
        params,
        body: z.object({ name: z.string() }),
      },
    },
    async ({ params: { name }, body }, reply) => {
      if (body.name !== name) {
        const problem = `must be ${name}: this drops its database with all that it has learned`
        throw invalidRequest('body', ['name'], problem)
      }
      return reply.send(await projects.remove(name))
    },
  )
  app.post(
    '/v1/projects/:name/tokens',
    {
      config,
      schema: {
        ...changes(
          tokenChangeSchema.describe('The token'),
          'createProjectToken',
          'Make a token of a project',
        ),
        description:
          'As POST /v1/tokens does. An admin token of the project then makes, rotates and revokes the others.',
        ...{ params, body: createTokenSchema },
      },
    },
    async ({ params: { name }, body }, reply) =>
      reply.headers(secretHeaders).send(await tokens.create(name, body)),
  )
}
