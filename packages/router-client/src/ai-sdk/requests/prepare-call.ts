// What the chosen model is given of what the SDK asks for.
import type { Attempt } from '../../calls/call-options.ts'
import type { Message, Part, ProviderOptions, SdkCallOptions, SdkModel } from '../sdk/sdk-types.ts'
import { asV3Prompt } from '../sdk/to-v3.ts'
import { namesOf } from './candidates.ts'

/** The levels that the AI SDK 7 knows by itself. */
const sdkLevels = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']

/** How providers are told a thinking level where the SDK has no word for it. */
const effort = (level: string) => ({ reasoningEffort: level })
const levelOptions: Readonly<Record<string, (level: string) => Readonly<Record<string, unknown>>>> =
  {
    openai: effort,
    azure: effort,
    xai: effort,
    groq: effort,
    anthropic: (level) => ({ effort: level }),
    google: (level) => ({ thinkingConfig: { thinkingLevel: level } }),
  }

/** @param isV4 Whether the SDK speaks V4 here. */
export function prepareCall(
  options: SdkCallOptions,
  {
    attempt,
    model,
    isV4,
  }: { readonly attempt: Attempt; readonly model: SdkModel; readonly isV4: boolean },
): SdkCallOptions {
  const names = namesOf({ candidate: attempt, model })
  const { winrate: _, ...providerOptions } = options.providerOptions ?? {}
  const own = options.prompt.map((message) => withoutForeignReasoning(message, names))
  const prompt = isV4 && model.specificationVersion === 'v3' ? asV3Prompt(own) : own
  const { abortSignal: _signal, ...rest } = options
  const call = { ...rest, prompt, providerOptions, abortSignal: attempt.signal }
  return atLevel(call, attempt.thinkingLevel, { model, names })
}

/** The caller's own level comes first. */
function atLevel(
  call: SdkCallOptions & { readonly providerOptions: ProviderOptions },
  level: string | undefined,
  { model, names }: { readonly model: SdkModel; readonly names: ReadonlySet<string> },
): SdkCallOptions {
  if (level === undefined || isLevel(call.reasoning)) return call
  if (model.specificationVersion === 'v4' && sdkLevels.includes(level)) {
    return { ...call, reasoning: level }
  }
  const name = Object.keys(levelOptions).find((each) => names.has(each))
  const asked = name === undefined ? undefined : levelOptions[name]?.(level)
  if (name === undefined || asked === undefined) return call
  const { providerOptions } = call
  return {
    ...call,
    providerOptions: { ...providerOptions, [name]: { ...asked, ...providerOptions[name] } },
  }
}

/** Whether the caller says how much to reason. */
export function isLevel(reasoning: string | undefined): reasoning is string {
  return reasoning !== undefined && reasoning !== 'provider-default'
}

/** A provider refuses reasoning that another one has signed. */
function withoutForeignReasoning(message: Message, names: ReadonlySet<string>): Message {
  const { role, content } = message
  if (role !== 'assistant' || typeof content === 'string') return message
  const own = content.filter((part) => !isForeign(part, names))
  return own.length === content.length ? message : { ...message, content: own }
}

function isForeign({ type, providerOptions }: Part, names: ReadonlySet<string>): boolean {
  if (type !== 'reasoning' && type !== 'reasoning-file') return false
  const signers = Object.keys(providerOptions ?? {})
  return signers.length > 0 && !signers.some((signer) => names.has(signer))
}
