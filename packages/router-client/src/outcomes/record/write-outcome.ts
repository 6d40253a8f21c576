// Writes recorded outcomes as JSON, field by field: several times as fast as making the object of the
// wire and `JSON.stringify`.
import { hash } from 'node:crypto'
import { limits } from '@winrate/shared-schema/contracts'
import { toSafeText } from '../../runtime/safe-text.ts'
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

/** Makes a writer, which remembers the last time, prompt and instance: the next outcome often has the same. */
export function createOutcomeWriter(): (outcome: RecordedOutcome) => string {
  let lastMs = Number.NaN
  let lastTime = ''
  let lastPrompt: string | undefined
  let lastHash = ''
  let lastInstance: string | undefined
  let lastInstanceField = ''

  function isoTime(ms: number): string {
    if (ms === lastMs) return lastTime
    lastMs = ms
    lastTime = new Date(ms).toISOString()
    return lastTime
  }

  function promptFields(promptText: string, prompts: PromptPolicy): string {
    if (promptText !== lastPrompt) {
      lastHash = hash('sha256', promptText, 'hex')
      lastPrompt = promptText
    }
    const hashed = `,"prompt_hash":"${lastHash}","prompt_length":${promptText.length}`
    if (prompts === 'hash') return hashed
    return `${hashed},"prompt":${quoted(toSafeText(promptText, limits.promptChars))}`
  }

  function instanceField(instanceId: string): string {
    if (instanceId === lastInstance) return lastInstanceField
    lastInstance = instanceId
    lastInstanceField = `,"instance_id":${quoted(instanceId)}`
    return lastInstanceField
  }

  // Each piece that is added is a string of its own until somebody reads the text, so they are few.
  return (outcome) => {
    const { message } = outcome
    let text = `{"outcome_id":"${message.outcome_id}"`
    if (message.decision_id !== undefined) text += `,"decision_id":${quoted(message.decision_id)}`
    text += `,"task_type":"${message.task_type}","model_name":${quoted(message.model_name)}`
    if (message.provider !== undefined) text += `,"provider":${quoted(message.provider)}`
    if (message.thinking_level !== undefined) {
      text += `,"thinking_level":${quoted(message.thinking_level)}`
    }
    if (outcome.promptText !== undefined && outcome.prompts !== 'none') {
      text += promptFields(outcome.promptText, outcome.prompts)
    }
    if (message.response_quality !== undefined) {
      text += `,"response_quality":${message.response_quality}`
    }
    text += message.success ? ',"success":true' : ',"success":false'
    if (message.response_time_ms !== undefined) {
      text += `,"response_time_ms":${message.response_time_ms}`
    }
    if (message.cost_usd !== undefined) text += `,"cost_usd":${message.cost_usd}`
    text += instanceField(message.instance_id)
    if (message.feedback_text !== undefined) {
      text += `,"feedback_text":${quoted(message.feedback_text)}`
    }
    if (message.failure !== undefined) text += `,"failure":${quoted(message.failure)}`
    if (message.corrects !== undefined) text += `,"corrects":"${message.corrects}"`
    if (message.propensity !== undefined) text += `,"propensity":${message.propensity}`
    if (message.snapshot_version !== undefined) {
      text += `,"snapshot_version":${message.snapshot_version}`
    }
    return `${text},"occurred_at":"${message.occurred_at ?? isoTime(outcome.recordedAtMs)}"}`
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON escapes
const escaped = /["\\\u0000-\u001f\ud800-\udfff]/

function quoted(text: string): string {
  return escaped.test(text) ? JSON.stringify(text) : `"${text}"`
}
