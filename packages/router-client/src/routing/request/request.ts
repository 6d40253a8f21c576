// What a caller asks of route(), parsed at the boundary. Nothing here throws, whatever it is given: an option
// that is not valid is left out and named in `problems`.
import {
  isStratum,
  isTaskType,
  limits,
  suggestName,
  type TaskType,
  taskTypeRule,
} from '@winrate/shared-schema/contracts'
import { type Aim, PREFERENCE_RULE } from '@winrate/shared-schema/scoring'
import { isRecord } from '../../runtime/unknown-value.ts'
import { readAim } from './read-aim.ts'
import { type Context, createContextReader, type ReadContext } from './read-context.ts'
import {
  type ExcludedModels,
  parseCandidate,
  parseExclusion,
  parseName,
  parseObserve,
  type RequestedModel,
} from './read-models.ts'
import { requestKey } from './request-key.ts'
import type { RouteOptions } from './route-options.ts'

/** The options that were understood, without those that make no difference to who may be chosen. */
export interface RequestOptions {
  readonly prefer: Aim | undefined
  readonly candidates: readonly RequestedModel[] | undefined
  readonly exclude: readonly ExcludedModels[] | undefined
  readonly maxCostUsdPerMTokens: number | undefined
  readonly thinkingLevel: string | undefined
  readonly risk: 'normal' | 'high' | undefined
  readonly tools: boolean | undefined
  readonly leastRefused: boolean | undefined
}

/** A request without its messages, its session and its context. Immutable: many decisions share one. */
export interface RouteRequest {
  /** What the caller named. */
  readonly askedTaskType: string
  /** What it is learned as: a path within what the caller asked for, where models compare differently. */
  readonly taskType: string
  readonly options: RequestOptions
  readonly complaint: 'invalid-task-type' | 'invalid-messages' | 'invalid-options' | undefined
  readonly problems: readonly string[]
  /** Begins with the task type. Equal for requests that say the same, and only for them. */
  readonly key: string
}

/** The task type of a request whose own could not be read. */
export const UNKNOWN_TASK_TYPE = 'unknown'

const noOptions: RequestOptions = {
  prefer: undefined,
  candidates: undefined,
  exclude: undefined,
  maxCostUsdPerMTokens: undefined,
  thinkingLevel: undefined,
  risk: undefined,
  tools: undefined,
  leastRefused: undefined,
}
const noProblems: readonly string[] = Object.freeze([])
const noComplaint = () => undefined
const withoutUsual = createContextReader()
const MAX_ENTRIES = 1_000
const MAX_PROBLEMS = 20
const MAX_NAME_SHOWN = 60
const MAX_SESSION_KEY_CHARS = 1_000

/** What each option must be. */
const optionRules: Readonly<Record<keyof RouteOptions, string>> = {
  prefer: PREFERENCE_RULE,
  valueUsd: 'a number of US dollars above 0',
  candidates: 'a list of models',
  exclude: 'a list of models and providers',
  maxCostUsdPerMTokens: 'a number of US dollars, 0 or more',
  thinkingLevel: `a name of 1 to ${limits.thinkingLevelChars} characters`,
  risk: "'normal' or 'high'",
  sessionKey: `a text of 1 to ${MAX_SESSION_KEY_CHARS} characters`,
  tools: 'true or false',
  leastRefused: 'true or false',
  context: 'an object: labels with values',
  observe: 'the model that you call: its name, or { provider, model }; or false',
}

interface ParsedRequest {
  readonly request: RouteRequest
  readonly sessionKey: string | undefined
  readonly context: Context
  /** What the application calls in any case; undefined where nothing is said. */
  readonly observe: RequestedModel | false | undefined
}

export function parseRequest(
  taskType: unknown,
  given: unknown,
  readContext: ReadContext = withoutUsual,
): ParsedRequest {
  const { options, problems, ...besides } = readOptions(given, readContext)
  if (!mayBeAsked(taskType)) {
    const all = [`taskType must be ${taskTypeRule}; @ is the router's own`, ...problems]
    const request = requestOf(UNKNOWN_TASK_TYPE, options, 'invalid-task-type', all)
    return { request, ...besides }
  }
  const complaint = problems.length > 0 ? 'invalid-options' : undefined
  return { request: requestOf(taskType, options, complaint, problems), ...besides }
}

/** Requests mostly name what the last one named, and to match it again would take a tenth of a decision. */
let lastAsked: unknown

function mayBeAsked(taskType: unknown): taskType is TaskType {
  if (taskType === lastAsked && taskType !== undefined) return true
  if (!isTaskType(taskType) || isStratum(taskType)) return false
  lastAsked = taskType
  return true
}

/** The same request with messages that could not be read. */
export function withUnreadableMessages(request: RouteRequest): RouteRequest {
  const [first, ...others] = request.problems
  const problem = 'messages must be a string, a message or a list of messages'
  const { taskType, askedTaskType, options } = request
  const read =
    request.complaint === 'invalid-task-type' && first !== undefined
      ? requestOf(taskType, options, request.complaint, [first, problem, ...others])
      : requestOf(taskType, options, 'invalid-messages', [problem, ...request.problems])
  return { ...read, askedTaskType }
}

/** The same request, learned as a path within its task type. */
export function asPath(request: RouteRequest, segment: string): RouteRequest {
  const taskType = `${request.taskType}/${segment}`
  return { ...request, taskType, key: taskType + request.key.slice(request.taskType.length) }
}

function requestOf(
  taskType: string,
  options: RequestOptions,
  complaint: RouteRequest['complaint'],
  problems: readonly string[],
): RouteRequest {
  const key = requestKey(taskType, options, problems)
  Object.freeze(problems)
  return { askedTaskType: taskType, taskType, options, complaint, problems, key }
}

interface ReadOptions extends Omit<ParsedRequest, 'request'> {
  readonly options: RequestOptions
  readonly problems: readonly string[]
}

function readOptions(given: unknown, readContext: ReadContext): ReadOptions {
  const onlyProblems = (problems: readonly string[]): ReadOptions => ({
    ...{ options: noOptions, sessionKey: undefined, observe: undefined, problems },
    context: readContext(undefined, noComplaint),
  })
  if (given === undefined || given === null) return onlyProblems(noProblems)
  try {
    return isRecord(given)
      ? readRecord(given, readContext)
      : onlyProblems(['options must be an object'])
  } catch {
    // A getter or a proxy of the caller's has thrown.
    return onlyProblems(['options could not be read'])
  }
}

/** What a caller may say, by name; nothing is known of the values. */
type GivenOptions = { readonly [Name in keyof RouteOptions]?: unknown }

/** Reads each option once: a getter may answer something else the next time. */
function readRecord(given: GivenOptions, readContext: ReadContext): ReadOptions {
  const problems = unknownOptions(given)
  function read<T>(name: keyof RouteOptions, value: unknown, parse: Parse<T>) {
    if (value === undefined || value === null) return undefined
    const parsed = parse(value)
    if (parsed === undefined) complain(problems, `options.${name} must be ${optionRules[name]}`)
    return parsed
  }
  function readList<T>(name: keyof RouteOptions, value: unknown, parse: Parse<T>) {
    return read(name, value, (list) => parseList(list, name, parse, problems))
  }
  const options = {
    prefer: readAim(given.prefer, given.valueUsd, (problem) => complain(problems, problem)),
    candidates: readList('candidates', given.candidates, parseCandidate),
    exclude: readList('exclude', given.exclude, parseExclusion),
    maxCostUsdPerMTokens: read('maxCostUsdPerMTokens', given.maxCostUsdPerMTokens, parsePrice),
    thinkingLevel: read('thinkingLevel', given.thinkingLevel, parseThinkingLevel),
    risk: read('risk', given.risk, parseRisk),
    tools: read('tools', given.tools, parseBoolean),
    leastRefused: read('leastRefused', given.leastRefused, parseBoolean),
  }
  const sessionKey = read('sessionKey', given.sessionKey, parseSessionKey)
  const context = readContext(given.context, (problem) => complain(problems, `options.${problem}`))
  const observe = read('observe', given.observe, parseObserve)
  return { options, sessionKey, context, observe, problems }
}

/** Undefined where a value is not valid. */
type Parse<T> = (value: unknown) => T | undefined

/** @param more What else is an option here. */
export function unknownOptions(given: object, more: readonly string[] = []): string[] {
  const problems: string[] = []
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(optionRules, name) || more.includes(name)) continue
    const hint = suggestName(name, [...Object.keys(optionRules), ...more])
    complain(problems, `options.${name.slice(0, MAX_NAME_SHOWN)} is not an option${hint}`)
  }
  return problems
}

function complain(problems: string[], problem: string): void {
  if (problems.length < MAX_PROBLEMS) problems.push(problem)
}

/** A single entry is a list of one, and a set is a list. */
function parseList<T>(given: unknown, name: string, parse: Parse<T>, problems: string[]) {
  const single = typeof given === 'string' || isRecord(given) ? [given] : given
  const list = given instanceof Set ? [...given] : single
  if (!Array.isArray(list)) return undefined
  const parsed: T[] = []
  for (let at = 0; at < list.length && at < MAX_ENTRIES; at += 1) {
    const entry = parse(list[at])
    if (entry === undefined) complain(problems, `options.${name}[${at}] names no model`)
    else parsed.push(entry)
  }
  if (list.length > MAX_ENTRIES) {
    complain(problems, `options.${name} ends after ${MAX_ENTRIES} entries`)
  }
  return parsed
}

function parseThinkingLevel(value: unknown): string | undefined {
  return parseName(value, limits.thinkingLevelChars) || undefined
}

function parseRisk(value: unknown): 'normal' | 'high' | undefined {
  return value === 'high' || value === 'normal' ? value : undefined
}

/** Also of text, as environment variables are. */
function parsePrice(value: unknown): number | undefined {
  const isText = typeof value === 'string' && /^\d{1,9}(?:\.\d{1,9})?$/.test(value)
  return parseNonNegative(isText ? Number(value) : value)
}

function parseNonNegative(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value) ? value : undefined
}

function parseBoolean(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

function parseSessionKey(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= MAX_SESSION_KEY_CHARS
    ? value
    : undefined
}
