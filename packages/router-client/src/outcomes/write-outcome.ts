// Writes recorded outcomes as JSON, field by field: several times as fast as making the object of the
// wire and `JSON.stringify`.
import { hash } from 'node:crypto'
import { limits } from '@winrate/shared-schema/contracts'
import { toSafeText } from '../runtime/safe-text.ts'
import type { RecordedMessage } from './sound-message.ts'

/** What happens to prompts: a hash and the length travel, the text too, or nothing. */
export type PromptPolicy = 'hash' | 'store' | 'none'

/** An outcome as it was recorded: checked, and safe from what its caller does with his objects later. */
export interface RecordedOutcome {
  /** Without `occurred_at` it was observed when it was recorded. */
  readonly message: RecordedMessage
  /** Milliseconds since 1970. */
  readonly recordedAtMs: number
  /** Whole: neither hashed nor cut yet. */
  readonly promptText: string | undefined
  readonly prompts: PromptPolicy
}

/** Makes a writer, which remembers the last time and prompt: the next outcome often has the same. */
export function createOutcomeWriter(): (outcome: RecordedOutcome) => string {
  let lastMs = Number.NaN
  let lastTime = ''
  let lastPrompt: string | undefined
  let lastHash = ''

  function isoTime(ms: number): string {
    if (ms === lastMs) return lastTime
    lastMs = ms
    lastTime = new Date(ms).toISOString()
    return lastTime
  }

  function promptFields({ promptText, prompts }: RecordedOutcome): string {
    if (promptText === undefined || prompts === 'none') return ''
    if (promptText !== lastPrompt) {
      lastHash = hash('sha256', promptText, 'hex')
      lastPrompt = promptText
    }
    const hashed = `,"prompt_hash":"${lastHash}","prompt_length":${promptText.length}`
    if (prompts === 'hash') return hashed
    return hashed + textField('prompt', toSafeText(promptText, limits.promptChars))
  }

  return (outcome) => {
    const { message, recordedAtMs } = outcome
    return `{"outcome_id":"${message.outcome_id}"${textField('decision_id', message.decision_id)},"task_type":"${
      message.task_type
    }","model_name":${quoted(message.model_name)}${textField('provider', message.provider)}${textField(
      'thinking_level',
      message.thinking_level,
    )}${promptFields(outcome)}${numberField('response_quality', message.response_quality)},"success":${
      message.success
    }${numberField('response_time_ms', message.response_time_ms)}${numberField(
      'cost_usd',
      message.cost_usd,
    )},"instance_id":${quoted(message.instance_id)}${textField('feedback_text', message.feedback_text)}${textField(
      'failure',
      message.failure,
    )}${textField('corrects', message.corrects)}${numberField('propensity', message.propensity)}${numberField(
      'snapshot_version',
      message.snapshot_version,
    )},"occurred_at":"${message.occurred_at ?? isoTime(recordedAtMs)}"}`
  }
}

function textField(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${quoted(value)}`
}

function numberField(name: string, value: number | undefined): string {
  return value === undefined ? '' : `,"${name}":${value}`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON escapes
const escaped = /["\\\u0000-\u001f\ud800-\udfff]/

function quoted(text: string): string {
  return escaped.test(text) ? JSON.stringify(text) : `"${text}"`
}
