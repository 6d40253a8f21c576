import { limits } from '@winrate/shared-schema/contracts'
import type { Delivery } from '../send/delivery.ts'
import type { UnwrittenOutcome } from '../send/outcome-buffer.ts'
import type { FlushResult, OutcomeSender } from '../send/outcome-sender.ts'
import type { DropCounter } from './drop-counter.ts'
import { type OutcomeMessageInput, parseOutcome } from './outcome-message.ts'
import type { RecordedMessage } from './sound-message.ts'
import { createOutcomeWriter, type RecordedOutcome } from './write-outcome.ts'

/** An outcome that was taken in, told in events. */
export interface RecordedEvent {
  /** UUID to give as `corrects` later. */
  readonly outcomeId: string
  readonly decisionId: string | undefined
  readonly taskType: string
  readonly modelName: string
}

export interface OutcomeRecorderInput {
  /** Undefined when no sink was configured: then every outcome is dropped. */
  readonly sender: OutcomeSender | undefined
  readonly drops: DropCounter
  readonly message: () => OutcomeMessageInput
  readonly isClosed: () => boolean
  readonly onRecorded: (event: RecordedEvent) => void
  /** Lets an outcome count for this instance at once, and hears from then on what becomes of it. */
  readonly noteOwn: (message: RecordedMessage) => Delivery | undefined
}

export interface OutcomeRecorder {
  record(outcome: unknown): 'queued' | 'dropped'
  status(): OutcomeStatus
  flush(timeoutMs: number): Promise<FlushResult>
}

/** `recorded` is always `sent + buffered` and the sum of `dropped`. */
export interface OutcomeStatus {
  /** Calls of `recordPreference`. */
  readonly recorded: number
  /** Outcomes that are in the queue. */
  readonly sent: number
  /** Outcomes that wait or are on their way. */
  readonly buffered: number
  /** Outcomes lost, by reason. */
  readonly dropped: Readonly<Record<string, number>>
  /** The last attempt to send has failed. */
  readonly failing: boolean
}

/** Characters of JSON, without prompt and feedback. */
const USUAL_SIZE = 500

/** A class: thousands of them wait at times, and none needs functions of its own. */
class TakenIn implements UnwrittenOutcome {
  readonly size: number
  readonly chars: number
  readonly delivery: Delivery | undefined
  readonly #outcome: RecordedOutcome
  readonly #write: (outcome: RecordedOutcome) => string

  constructor(
    outcome: RecordedOutcome,
    write: (outcome: RecordedOutcome) => string,
    delivery: Delivery | undefined,
  ) {
    const { message, promptText = '', prompts } = outcome
    const feedbackChars = message.feedback_text?.length ?? 0
    const storedChars = prompts === 'store' ? Math.min(promptText.length, limits.promptChars) : 0
    this.size = USUAL_SIZE + feedbackChars + storedChars
    this.chars = promptText.length + feedbackChars
    this.delivery = delivery
    this.#outcome = outcome
    this.#write = write
  }

  write(): string {
    return this.#write(this.#outcome)
  }
}

/** Checks and takes in outcomes. Never throws, whatever it is given. */
export function createOutcomeRecorder(input: OutcomeRecorderInput): OutcomeRecorder {
  const { sender, drops } = input
  const write = createOutcomeWriter()
  let recorded = 0

  function record(outcome: unknown): 'queued' | 'dropped' {
    if (input.isClosed()) return drop('closed')
    if (sender === undefined) return drop('no-sink', 'createRouter was given no outcomes sink')
    const parsed = parseOutcome(outcome, input.message())
    if (parsed.status !== 'valid') return drop(parsed.status, parsed.problem)
    const { message } = parsed.outcome
    const delivery = input.noteOwn(message)
    const result = sender.add(new TakenIn(parsed.outcome, write, delivery))
    if (result === 'queued') {
      input.onRecorded({
        outcomeId: message.outcome_id,
        decisionId: message.decision_id,
        taskType: message.task_type,
        modelName: message.model_name,
      })
    }
    return result
  }

  function drop(...[reason, problem]: [Parameters<DropCounter['drop']>[0], string?]): 'dropped' {
    drops.drop(reason, 1, problem)
    return 'dropped'
  }

  return {
    record(outcome) {
      recorded += 1
      try {
        return record(outcome)
      } catch {
        return drop('invalid', 'the outcome could not be read')
      }
    },
    status: () => ({
      recorded,
      sent: sender?.sent ?? 0,
      buffered: sender?.buffered ?? 0,
      dropped: drops.totals(),
      failing: sender?.failing ?? false,
    }),
    async flush(timeoutMs) {
      return sender === undefined
        ? { status: 'flushed', remaining: 0 }
        : await sender.flush(timeoutMs)
    },
  }
}
