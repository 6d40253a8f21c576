import { createServer } from 'node:http'
import { z } from 'zod'
import type { Random } from '../random/seeded-random.ts'

/** A fake model on loopback that adds two numbers, correctly with a given probability. */
export interface LocalModel {
  readonly name: string
  readonly url: string
  close(): Promise<void>
}

const bodySchema = z.object({ messages: z.array(z.object({ content: z.string() })) })

/** Serves one path in the shape of the usual chat API. Listens on any free port. */
export async function startLocalModel(
  { name, success }: { readonly name: string; readonly success: number },
  random: Random,
): Promise<LocalModel> {
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    request.on('end', () => {
      const prompt = bodySchema.parse(JSON.parse(text)).messages.at(-1)?.content ?? ''
      const [a = 0, b = 0] = (prompt.match(/\d+/g) ?? []).map(Number)
      const content = String(random() < success ? a + b : a + b + 1)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ model: name, choices: [{ message: { content } }] }))
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
