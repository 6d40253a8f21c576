import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'

const documentSchema = z.object({
  openapi: z.literal('3.1.0'),
  info: z.object({ title: z.string(), version: z.string() }),
  components: z.object({
    schemas: z.record(z.string(), z.looseObject({})),
    securitySchemes: z.object({ token: z.object({ type: z.literal('http') }) }),
  }),
  paths: z.record(
    z.string().startsWith('/'),
    z
      .partialRecord(
        z.enum(['get', 'post']),
        z.looseObject({
          operationId: z.string(),
          summary: z.string(),
          security: z.array(z.record(z.string(), z.array(z.string()))),
          responses: z.record(z.string(), z.looseObject({ description: z.string() })),
        }),
      )
      .optional(),
  ),
})

const running: TestServer[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ server }) => server.stop()))
})

async function readDocument() {
  const started = await startTestServer()
  running.push(started)
  const text = (await started.ask('/openapi.json')).text
  const { endpoints } = JSON.parse((await started.ask('/')).text)
  return { text, endpoints, document: documentSchema.parse(JSON.parse(text)) }
}

describe('GET /openapi.json', () => {
  it('has every route, each with an id of its own', async () => {
    const { document, endpoints } = await readDocument()
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations ?? {}).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const served = endpoints.map(
      ({ method, path }: { method: string; path: string }) => `${method} ${path}`,
    )
    expect(described.sort()).toEqual(served.sort())
    expect(described).toHaveLength(41)
    const ids = Object.values(document.paths).flatMap((operations) =>
      Object.values(operations ?? {}).map((operation) => operation?.operationId),
    )
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('refers only to what it holds', async () => {
    const { text, document } = await readDocument()
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '')
    expect(references.length).toBeGreaterThan(0)
    for (const reference of references) {
      const name = reference.replace('#/components/schemas/', '')
      expect(document.components.schemas).toHaveProperty(name)
    }
  })

  it('describes bodies by the contracts', async () => {
    const { document } = await readDocument()
    const schemas = document.components.schemas
    expect(Object.keys(schemas)).toEqual(
      expect.arrayContaining(['Error', 'Outcome', 'SealedBatch', 'Snapshot', 'TaskMetrics']),
    )
    expect(JSON.stringify(document.paths['/v1/outcomes'])).toContain('SealedBatch')
    expect(JSON.stringify(document.paths['/v1/snapshot'])).toContain('Snapshot')
  })

  it('says what each answer is', async () => {
    expect((await readDocument()).text).not.toContain('Default Response')
  })

  it('says which routes need a token', async () => {
    const { document } = await readDocument()
    expect(document.paths['/healthz']?.get?.security).toEqual([])
    expect(document.paths['/v1/admin/pin']?.post?.security).toEqual([{ token: [] }])
  })
})
