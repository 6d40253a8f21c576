// How the benchmark talks to the processes that it starts: a request has a name and arguments, its reply is
// a list of numbers.
import { z } from 'zod'

const requestSchema = z.object({
  id: z.int(),
  name: z.string(),
  texts: z.array(z.string()),
  numbers: z.array(z.number()),
})

const replySchema = z.object({ id: z.int(), numbers: z.array(z.number()) })

export type ProcessRequest = z.infer<typeof requestSchema>
type Reply = z.infer<typeof replySchema>

export type Handler = (request: ProcessRequest) => number[] | Promise<number[]>

export function parseReply(message: unknown): Reply | undefined {
  return replySchema.safeParse(message).data
}

/** Serves the parent's requests with the handler of their name. */
export function serveRequests(handlers: Readonly<Record<string, Handler>>): void {
  process.on('message', async (message) => {
    const request = requestSchema.safeParse(message).data
    const handler = request && handlers[request.name]
    if (request === undefined || handler === undefined) return
    const reply: Reply = { id: request.id, numbers: await handler(request) }
    process.send?.(reply)
  })
}

/** Nanoseconds of the clock that all processes of a machine share, as milliseconds. */
export function sharedNowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
