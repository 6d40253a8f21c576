// How the benchmark talks with the processes it starts: a question with a name and arguments, an answer
// of numbers.
import { z } from 'zod'

const questionSchema = z.object({
  id: z.int(),
  ask: z.string(),
  texts: z.array(z.string()),
  numbers: z.array(z.number()),
})

const answerSchema = z.object({ id: z.int(), numbers: z.array(z.number()) })

export type Question = z.infer<typeof questionSchema>
export type Answer = z.infer<typeof answerSchema>

export type Handler = (question: Question) => number[] | Promise<number[]>

export function parseAnswer(message: unknown): Answer | undefined {
  return answerSchema.safeParse(message).data
}

/** Answers the parent's questions by their names. */
export function answerQuestions(handlers: Readonly<Record<string, Handler>>): void {
  process.on('message', async (message) => {
    const question = questionSchema.safeParse(message).data
    const handler = question && handlers[question.ask]
    if (question === undefined || handler === undefined) return
    const answer: Answer = { id: question.id, numbers: await handler(question) }
    process.send?.(answer)
  })
}

/** Nanoseconds of the clock that all processes of a machine share, as milliseconds. */
export function sharedNowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
