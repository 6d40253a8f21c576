import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { z } from 'zod'
import type { Random } from '../random/seeded-random.ts'

export interface LocalModels {
  readonly baseURL: string
  close(): Promise<void>
}

const bodySchema = z.object({ model: z.string(), input: z.unknown() })

/**
 * Fake models on loopback that write a function which adds, each correctly with the given probability. They speak OpenAI's
 * Responses API. Listens on any free port.
 */
export async function startLocalModels(
  successRates: Readonly<Record<string, number>>,
  random: Random,
): Promise<LocalModels> {
  const server = createServer(async (request, response) => {
    const { model, input } = bodySchema.parse(await json(request))
    const [amount] = JSON.stringify(input).match(/\d+/) ?? []
    const isGood = random() < (successRates[model] ?? 0)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(answer(model, `(n) => n ${isGood ? '+' : '-'} ${amount}`)))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    baseURL: `http://127.0.0.1:${port}/v1`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answer(model: string, text: string) {
  const content = [{ type: 'output_text', text, annotations: [] }]
  return {
    ...{ id: 'response', created_at: 0, model },
    output: [{ type: 'message', id: 'message', role: 'assistant', content }],
    usage: { input_tokens: 20, output_tokens: 10 },
  }
}
