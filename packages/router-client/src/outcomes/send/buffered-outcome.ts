import { hash } from 'node:crypto'
import { limits, type OutcomeMessage } from '@winrate/shared-schema/contracts'
import type { OwnOutcome } from '../../overlay/own-outcome.ts'
import { toSafeText } from '../../runtime/safe-text.ts'

/** What an outcome says about its prompt. */
export interface RecordedPrompt {
  /** Whole, neither hashed nor cut. */
  readonly text: string
  /** Whether the text is sent too, not only its hash. */
  readonly isStored: boolean
}

interface UnwrittenOutcome {
  readonly message: OutcomeMessage
  readonly prompt: RecordedPrompt | undefined
  readonly recordedAtMs: number
}

/** Characters of JSON without prompt and feedback, about. */
const USUAL_CHARS = 500

/**
 * An outcome from its recording until its fate is known. `write` makes its JSON later than the call that
 * recorded it, because hashing the prompt and writing JSON take several times as long as the rest.
 */
export class BufferedOutcome {
  /** Where it counts until a snapshot contains it. */
  readonly own: OwnOutcome
  /** Its number in the order of recording. */
  order = 0
  #unwritten: UnwrittenOutcome | undefined
  #text = ''
  #size: number

  constructor(own: OwnOutcome, unwritten: UnwrittenOutcome) {
    const { message, prompt } = unwritten
    this.own = own
    this.#unwritten = unwritten
    this.#size = USUAL_CHARS + (message.feedback_text?.length ?? 0) + (prompt?.text.length ?? 0)
  }

  /** JSON of the outcome; empty until it is written. */
  get text(): string {
    return this.#text
  }

  /** Bytes of its JSON; until it is written, about how many characters it holds. */
  get size(): number {
    return this.#size
  }

  write(): void {
    if (this.#unwritten === undefined) return
    const { message, prompt, recordedAtMs } = this.#unwritten
    message.occurred_at ??= new Date(recordedAtMs).toISOString()
    if (prompt !== undefined) {
      message.prompt_hash = hash('sha256', prompt.text, 'hex')
      message.prompt_length = prompt.text.length
      if (prompt.isStored) message.prompt = toSafeText(prompt.text, limits.promptChars)
    }
    this.#text = JSON.stringify(message)
    this.#size = Buffer.byteLength(this.#text)
    this.#unwritten = undefined
  }
}
