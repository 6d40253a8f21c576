import { controlCharacter, isTaskType, limits } from '@winrate/shared-schema/contracts'
import type { Preference, PreferenceWeights } from '@winrate/shared-schema/scoring'
import { isRecord } from '../../runtime/unknown-value.ts'
import { UNKNOWN_TASK_TYPE } from '../memory/decision.ts'
import type { CandidateInput } from '../table/candidate.ts'
import type { RankingQuestion } from './ranking-question.ts'

/** A model, or with `provider` alone every model of a provider, that must not be chosen. */
export type Exclusion =
  | string
  | { readonly provider: string; readonly model?: string }
  | { readonly model: string; readonly provider?: string }

/** How one request wants to be routed. Everything is optional. */
export interface RouteOptions {
  /**
   * What counts besides success: 'cost' and 'speed' weigh it 0.3 against 0.7, or weights of one's own.
   * Default: nothing, but for a little cost under policy `thompson` (`costWeight`).
   */
  readonly prefer?: Preference
  /** The only models that may be chosen, by catalogue key, concrete id or description; 1000 at most. */
  readonly candidates?: readonly CandidateInput[]
  /** Models or providers that may not be chosen; 1000 at most. */
  readonly exclude?: readonly Exclusion[]
  /**
   * Highest price in US dollars per million tokens, three input tokens for each output token. A model
   * of unknown price is not allowed under a limit.
   */
  readonly maxCostUsdPerMTokens?: number
  /**
   * The level to think at; models of the catalogue that do not have it are not allowed. Without it a
   * model stands under policy `thompson` for each level that the fleet has called it at.
   */
  readonly thinkingLevel?: string
  /** 'high' takes the best score and never draws. Default 'normal'. */
  readonly risk?: 'normal' | 'high'
  /** Decisions of one session and task type stay with one model and thinking level while they are allowed. */
  readonly sessionKey?: string
  /** Whether tools will be called. Default: whether the messages contain tool calls. */
  readonly tools?: boolean
}

/** Route options after the boundary: what could be understood, and what was wrong with the rest. */
export interface RouteRequest {
  readonly options: RouteOptions
  readonly problems: readonly string[]
}

const noOptions: RouteRequest = { options: {}, problems: [] }
const optionNames: Record<keyof RouteOptions, true> = {
  prefer: true,
  candidates: true,
  exclude: true,
  maxCostUsdPerMTokens: true,
  thinkingLevel: true,
  risk: true,
  sessionKey: true,
  tools: true,
}
const MAX_CANDIDATES = 1_000
const MAX_PROBLEMS = 20
const MAX_NAME_SHOWN = 60
const MAX_SESSION_KEY_CHARS = 1_000
const MAX_WEIGHT = 1_000_000

/**
 * Reads whatever a caller passed as options. An option that cannot be understood is left out and
 * named in `problems`. Throws only what hostile getters throw.
 */
export function parseRouteOptions(value: unknown): RouteRequest {
  if (value === undefined || value === null) return noOptions
  if (!isRecord(value)) return { options: {}, problems: ['options must be an object'] }
  const problems: string[] = []
  const read = <T>(name: keyof RouteOptions, parse: (given: unknown) => T | undefined) => {
    const given = value[name]
    if (given === undefined || given === null) return {}
    const parsed = parse(given)
    if (parsed === undefined) problems.push(`options.${name} is not valid`)
    return parsed === undefined ? {} : { [name]: parsed }
  }
  const list =
    <T>(name: string, parse: (given: unknown) => T | undefined) =>
    (given: unknown) =>
      parseList(given, parse, (at) => {
        if (problems.length >= MAX_PROBLEMS) return
        const what = at < MAX_CANDIDATES ? `[${at}] is not valid` : ` ends after ${at} entries`
        problems.push(`options.${name}${what}`)
      })
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(optionNames, name) && problems.length < MAX_PROBLEMS) {
      problems.push(`options.${name.slice(0, MAX_NAME_SHOWN)} is not an option`)
    }
  }
  const options: RouteOptions = {
    ...read('prefer', parsePreference),
    ...read('candidates', list('candidates', parseCandidate)),
    ...read('exclude', list('exclude', parseExclusion)),
    ...read('maxCostUsdPerMTokens', parseNonNegative),
    ...read('thinkingLevel', (given) => parseName(given, limits.thinkingLevelChars)),
    ...read('risk', (given) => (given === 'high' || given === 'normal' ? given : undefined)),
    ...read('sessionKey', parseSessionKey),
    ...read('tools', (given) => (typeof given === 'boolean' ? given : undefined)),
  }
  return { options, problems }
}

function parseList<T>(
  value: unknown,
  parse: (given: unknown) => T | undefined,
  complain: (at: number) => void,
): readonly T[] | undefined {
  if (!Array.isArray(value)) return undefined
  const parsed: T[] = []
  for (let at = 0; at < Math.min(value.length, MAX_CANDIDATES); at += 1) {
    const entry = parse(value[at])
    if (entry === undefined) complain(at)
    else parsed.push(entry)
  }
  if (value.length > MAX_CANDIDATES) complain(MAX_CANDIDATES)
  return parsed
}

function parseCandidate(value: unknown): CandidateInput | undefined {
  if (typeof value === 'string') return parseName(value, limits.modelNameChars)
  if (!isRecord(value)) return undefined
  const model = parseName(value['model'], limits.modelNameChars)
  if (model === undefined) return undefined
  const provider = parseOptionalName(value['provider'], limits.providerChars)
  const thinkingLevel = parseOptionalName(value['thinkingLevel'], limits.thinkingLevelChars)
  if (provider === null || thinkingLevel === null) return undefined
  return { model, ...provider.as('provider'), ...thinkingLevel.as('thinkingLevel') }
}

function parseExclusion(value: unknown): Exclusion | undefined {
  if (typeof value === 'string') return parseName(value, limits.modelNameChars)
  if (!isRecord(value)) return undefined
  const model = parseOptionalName(value['model'], limits.modelNameChars)
  const provider = parseOptionalName(value['provider'], limits.providerChars)
  if (model === null || provider === null) return undefined
  if (model.name !== undefined) return { model: model.name, ...provider.as('provider') }
  return provider.name === undefined ? undefined : { provider: provider.name }
}

function parsePreference(value: unknown): Preference | undefined {
  if (value === 'cost' || value === 'speed') return value
  if (!isRecord(value)) return undefined
  const weights: { -readonly [N in keyof PreferenceWeights]: number } = {}
  for (const name of ['winRate', 'cost', 'speed'] as const) {
    const weight = value[name]
    if (weight === undefined) continue
    const parsed = parseNonNegative(weight)
    if (parsed === undefined || parsed > MAX_WEIGHT) return undefined
    weights[name] = parsed
  }
  return weights
}

export function parseSessionKey(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= MAX_SESSION_KEY_CHARS
    ? value
    : undefined
}

function parseNonNegative(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value) ? value : undefined
}

function parseName(value: unknown, maxChars: number): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > maxChars) return undefined
  return controlCharacter.test(value) ? undefined : value
}

/** Null for a name that is not valid. */
function parseOptionalName(value: unknown, maxChars: number) {
  const name = value === undefined || value === null ? undefined : parseName(value, maxChars)
  if (name === undefined && value !== undefined && value !== null) return null
  return {
    name,
    as: <N extends string>(key: N): { [K in N]?: string } => record(key, name),
  }
}

function record<N extends string>(key: N, name: string | undefined): { [K in N]?: string } {
  const fields: { [K in N]?: string } = {}
  if (name !== undefined) fields[key] = name
  return fields
}

/** Reads what a caller wants to have ranked; what cannot be understood is left out. Never throws. */
export function rankQuestion(taskType: unknown, rankOptions: unknown): RankingQuestion {
  let options: RouteOptions = {}
  try {
    options = parseRouteOptions(rankOptions).options
  } catch {
    // Hostile getters: ranked as if nothing was asked.
  }
  return {
    taskType: isTaskType(taskType) ? taskType : UNKNOWN_TASK_TYPE,
    preference: options.prefer,
    candidates: options.candidates,
    thinkingLevel: options.thinkingLevel,
  }
}
