// A process that a benchmark starts serves its requests over Node's IPC channel; see serving-process.ts for the
// other side.
import { z } from 'zod'

/** Parses the input of a request and returns the reply. */
export type Handler = (input: unknown) => unknown

const requestSchema = z.object({ id: z.int(), name: z.string(), input: z.unknown() })

/** Serves the parent's requests with the handler of their name. */
export function serveRequests(handlers: Readonly<Record<string, Handler>>): void {
  process.on('message', async (message) => {
    const request = requestSchema.safeParse(message).data
    const handler = request && handlers[request.name]
    if (request === undefined || handler === undefined) return
    // A failure stays unhandled, which ends this process and so rejects the request.
    process.send?.({ id: request.id, reply: await handler(request.input) })
  })
}

export function handle<T>(schema: z.ZodType<T>, run: (input: T) => unknown): Handler {
  return (input) => run(schema.parse(input))
}

/** Ends this process when its parent is gone. */
export function endWithParent(): void {
  process.on('disconnect', () => process.exit(0))
}
