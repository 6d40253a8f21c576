// How a request names models, at the boundary. A parser returns undefined for what is not valid.
import { controlCharacter, limits } from '@winrate/shared-schema/contracts'
import { isRecord } from '../../runtime/unknown-value.ts'

/** A candidate as a request names it, by catalogue key or concrete id. */
export interface RequestedModel {
  readonly model: string
  readonly provider: string | undefined
  readonly thinkingLevel: string | undefined
}

/** What an exclusion leaves undefined it excludes all of; `name` or one of the others is given. */
export interface ExcludedModels {
  /** Of a model or of a provider. */
  readonly name?: string | undefined
  readonly model: string | undefined
  readonly provider: string | undefined
}

export function parseCandidate(given: unknown): RequestedModel | undefined {
  if (!isRecord(given)) {
    const model = parseName(given, limits.modelNameChars)
    return model ? { model, provider: undefined, thinkingLevel: undefined } : undefined
  }
  const model = parseName(given['model'], limits.modelNameChars)
  const provider = parseName(given['provider'], limits.providerChars)
  const thinkingLevel = parseName(given['thinkingLevel'], limits.thinkingLevelChars)
  if (!model || provider === '' || thinkingLevel === '') return undefined
  return { model, provider, thinkingLevel }
}

export function parseExclusion(given: unknown): ExcludedModels | undefined {
  if (!isRecord(given)) {
    const name = parseName(given, limits.modelNameChars)
    return name ? { name, model: undefined, provider: undefined } : undefined
  }
  const model = parseName(given['model'], limits.modelNameChars)
  const provider = parseName(given['provider'], limits.providerChars)
  if (model === '' || provider === '') return undefined
  return model === undefined && provider === undefined ? undefined : { model, provider }
}

/** Undefined where no name is given, empty where it is not valid. */
export function parseName(value: unknown, maxChars: number): string | undefined {
  if (value === undefined || value === null) return undefined
  const isName = typeof value === 'string' && value.length <= maxChars
  return isName && !controlCharacter.test(value) ? value : ''
}

/** What the application calls in any case; false where a request is not only observed. */
export function parseObserve(given: unknown): RequestedModel | false | undefined {
  return given === false ? given : parseCandidate(given)
}
