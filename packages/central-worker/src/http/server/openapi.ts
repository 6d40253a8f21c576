// GET /openapi.json and GET /, both generated from the routes.
import swagger, { type SwaggerTransform } from '@fastify/swagger'
import {
  errorBodySchema,
  outcomeSchema,
  sealedBatchSchema,
  snapshotSchema,
} from '@winrate/shared-schema/contracts'
import {
  instanceSchema,
  quarantineSchema,
  savingsSchema,
  taskMetricsSchema,
} from '@winrate/shared-schema/http'
import { toZod } from '@winrate/shared-schema/zod'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { describeRoute, type HttpApp, sendReady } from './http-app.ts'
import { hasEntityTag } from './tag-entities.ts'

// The registry that also holds the texts of `describe`.
const named = z.globalRegistry
named.add(toZod(errorBodySchema), { id: 'Error' })
named.add(instanceSchema, { id: 'Instance' })
named.add(toZod(outcomeSchema), { id: 'Outcome' })
named.add(quarantineSchema, { id: 'Quarantine' })
named.add(savingsSchema, { id: 'Savings' })
named.add(toZod(sealedBatchSchema), { id: 'SealedBatch' })
named.add(toZod(snapshotSchema), { id: 'Snapshot' })
named.add(taskMetricsSchema, { id: 'TaskMetrics' })

/** Collects the routes that are added after it. */
export function addOpenapi(app: HttpApp, version: string): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Winrate central-worker',
        description: 'Win rates of models by task type, learned from outcomes.',
        version,
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    transform: withScope,
    transformObject: jsonSchemaTransformObject,
  })
}

/** One endpoint of GET /. */
const endpointSchema = z.object({ method: z.string(), path: z.string(), summary: z.string() })
export type Endpoint = z.infer<typeof endpointSchema>

const indexSchema = z
  .object({ name: z.string(), version: z.string(), endpoints: z.array(endpointSchema) })
  .describe('The endpoints')
const documentSchema = z.looseObject({ openapi: z.string() }).describe('The document')

export function addOpenapiRoutes(
  app: HttpApp,
  { version, endpoints }: { version: string; endpoints: readonly Endpoint[] },
): void {
  app.get(
    '/openapi.json',
    {
      config: { scope: 'read' },
      schema: describeRoute('readOpenapi', 'This API as an OpenAPI document', documentSchema),
    },
    async (_request, reply) =>
      sendReady(reply.type('application/json; charset=utf-8'), JSON.stringify(app.swagger())),
  )

  app.get(
    '/',
    { config: { scope: 'read' }, schema: describeRoute('readIndex', 'The endpoints', indexSchema) },
    async (_request, reply) =>
      reply.send({ name: 'winrate central-worker', version, endpoints: [...endpoints] }),
  )
}

const unchanged = { description: 'The answer named by If-None-Match is still true' }

function withScope(input: Parameters<SwaggerTransform>[0]): ReturnType<SwaggerTransform> {
  const { schema, url } = jsonSchemaTransform(input)
  const scope = input.route.config?.scope
  if (scope === undefined || scope === 'open') return { schema: { ...schema, security: [] }, url }
  if (scope === 'feedback') return { schema: { ...schema, security: [{}, { token: [] }] }, url }
  const token = scope === 'any' ? 'a token, of any scope' : `a token for ${scope}`
  const description = [schema.description, `Needs ${token}, where tokens are set.`]
    .filter((text) => text !== undefined)
    .join(' ')
  const isTagged = hasEntityTag(String(input.route.method), scope)
  const response = isTagged ? { 304: unchanged, ...Object(schema.response) } : schema.response
  return { schema: { ...schema, response, description, security: [{ token: [] }] }, url }
}
