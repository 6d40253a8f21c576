import { plainProvider } from './decorations.ts'

/** The provider of an outcome or model of which only the name is known; it stands for any provider. */
export const UNKNOWN_PROVIDER = 'unknown'

/** The name that a model's win rates are kept under, with its provider. */
export interface ModelName {
  readonly modelName: string
  readonly provider: string
}

/** What names a cell: the model at a thinking level, for one task type. */
export interface CellName extends ModelName {
  readonly taskType: string
  /** Empty where the model is called without one. */
  readonly thinkingLevel: string
}

/** A model at a thinking level; undefined or empty where it is called without one. */
export interface ModelLevel extends ModelName {
  readonly thinkingLevel?: string | undefined
}

/** Keys join names by control characters, so a name that contains one is refused. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
export const controlCharacter = /[\u0000-\u001f]/

/** Whether outcomes of `one` provider tell of the `other`, whatever their case. */
export function sameProvider(one: string, other: string): boolean {
  if (one === other || one === UNKNOWN_PROVIDER || other === UNKNOWN_PROVIDER) return true
  return plainProvider(one) === plainProvider(other)
}

/** One string for each distinct model. No name contains the separator. */
export function modelKey({ modelName, provider }: ModelName): string {
  return `${modelName}\u0000${provider}`
}

/** One string for each distinct model at a thinking level. */
export function modelLevelKey({ modelName, provider, thinkingLevel = '' }: ModelLevel): string {
  return `${modelName}\u0000${provider}\u0000${thinkingLevel}`
}

/** One string for each distinct cell. */
export function cellKey(cell: ModelLevel & { readonly taskType: string }): string {
  return `${cell.taskType}\u0000${modelLevelKey(cell)}`
}

/**
 * A model at a thinking level in one text, `openai/gpt-5/high`: the parts as in a URL, so that none of them contains the slash
 * between them.
 */
export function writeModelText({ provider, modelName, thinkingLevel }: ModelLevel): string {
  const parts = [provider, modelName, ...(thinkingLevel ? [thinkingLevel] : [])]
  // A lone surrogate has no form in a URL.
  return parts
    .map((part) => encodeURIComponent(part.replace(/\p{Surrogate}/gu, '\ufffd')))
    .join('/')
}

/** Undefined for a text that names no model. */
export function readModelText(text: string): Required<ModelLevel> | undefined {
  try {
    const [provider = '', modelName = '', thinkingLevel = '', ...more] = text
      .split('/')
      .map(decodeURIComponent)
    return provider === '' || modelName === '' || more.length > 0
      ? undefined
      : { provider, modelName, thinkingLevel }
  } catch {
    return undefined
  }
}
