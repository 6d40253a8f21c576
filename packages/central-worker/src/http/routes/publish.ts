// The last step of what publishes outcomes: counts them against the limits of who sends them, and queues them.

import type { OverLimit, WorkLimits } from '../../limits/work-limits.ts'
import type { Bearer } from '../server/bearer-auth.ts'
import type { Publication, QueuedBatch } from './publication.ts'

export interface PublishDependencies {
  /**
   * Puts one message into the queue. Resolves with its id there when it is durable.
   *
   * @param sentAt When it was sent, by its sender's clock.
   * @param over Outcomes that are not in the message and become dead letters in the same transaction.
   */
  readonly publishOutcomes: (
    message: QueuedBatch,
    sentAt: Date | undefined,
    over?: readonly OverLimit[],
  ) => Promise<number>
  readonly limits: WorkLimits
}

/**
 * Returns the id of the message, and what to tell the sender.
 *
 * @throws LimitError where a limit is reached: then nothing is queued.
 */
export async function publish(
  { publishOutcomes, limits }: PublishDependencies,
  { bearer, bodyBytes }: { readonly bearer: Bearer; readonly bodyBytes: number },
  { message, ...about }: Publication,
  sentAt?: Date,
): Promise<Omit<Publication, 'message'> & { readonly messageId: number }> {
  limits.take(bearer, { outcomes: message.outcomes.length, bytes: bodyBytes })
  const over = limits.findOver(bearer, message.outcomes)
  if (over.length === 0) return { messageId: await publishOutcomes(message, sentAt), ...about }
  const left = new Set(over.map(({ index }) => index))
  const outcomes = message.outcomes.filter((_, index) => !left.has(index))
  return {
    messageId: await publishOutcomes({ ...message, outcomes }, sentAt, over),
    ...about,
    rejected: (about.rejected ?? 0) + over.length,
    problems: [...over.map(problemOf), ...(about.problems ?? [])].slice(0, MOST_PROBLEMS),
  }
}

const MOST_PROBLEMS = 20

function problemOf({ index, reason }: OverLimit) {
  const problem = `brings in a new ${reason.startsWith('model') ? 'model' : 'task type'}, and there were too many within a day: an operator decides about it. Do not send it again`
  return { index, reason, problem }
}
