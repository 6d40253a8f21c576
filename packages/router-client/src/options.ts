import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import {
  type CatalogueEntry,
  catalogueSchema,
  createReferenceSigner,
  type DefaultWinRates,
  defaultWinRatesSchema,
  isTaskType,
  LEAST_SECRET_CHARS,
  limits,
  type Policy,
  type ReferenceSigner,
  suggestName,
} from '@winrate/shared-schema/contracts'
import { type DeclaredSimilarity, writtenPolicySchema } from '@winrate/shared-schema/scoring'
import type { PromptPolicy } from './outcomes/record/outcome-message.ts'
import type { BufferLimits } from './outcomes/send/outcome-buffer.ts'
import type { OutcomeSink } from './outcomes/sinks/outcome-sink.ts'
import {
  contextProblems,
  createContextReader,
  type ReadContext,
} from './routing/request/read-context.ts'
import { parseObserve, type RequestedModel } from './routing/request/read-models.ts'
import type { RouteOptions } from './routing/request/route-options.ts'
import type { RoutingKnowledge } from './routing/table/routing-basis.ts'
import { type Clock, MAX_TIMER_MS } from './runtime/clock.ts'
import type { Logger } from './runtime/logger.ts'
import { hasMethods, isDuration, isName, isObject, isSecrets } from './runtime/option-problems.ts'
import { parseSeed } from './runtime/random.ts'
import { RouterError } from './runtime/router-error.ts'
import { describeIssue, toSafeText } from './runtime/unknown-value.ts'
import type { SnapshotSource } from './snapshots/sources/snapshot-source.ts'

/** Everything is optional: without any option the router decides by defaults and drops outcomes. */
export interface RouterOptions {
  /** Where snapshots come from. Default: nowhere, so defaults serve. */
  readonly snapshots?: SnapshotSource | undefined
  /** Where outcomes go. Default: nowhere, so they are dropped (and counted). */
  readonly outcomes?: OutcomeSink | undefined
  /**
   * Names this instance in outcomes and to the worker. Choose a name that stays the same over restarts (the
   * name of a pod, or of a host with a role) and that no other running instance has: canaries and the sums per
   * instance depend on it. Default: host name, process id and a random part, new at each start.
   */
  readonly instanceId?: string | undefined
  /**
   * Models in addition to the built-in ones, or instead of them. A list extends them, by key. With `replace`
   * nothing else is used, not even the models that the operator publishes.
   */
  readonly catalogue?:
    | readonly CatalogueEntry[]
    | { readonly replace: true; readonly entries: readonly CatalogueEntry[] }
    | undefined
  /** Default win rates by task type and model name; `replace` as in `catalogue`. */
  readonly defaults?:
    | DefaultWinRates
    | { readonly replace: true; readonly entries: DefaultWinRates }
    | undefined
  /**
   * The models that are candidates when `route()` names none: catalogue keys or concrete ids, of which the first
   * 1000 count. Default: every model that has a default win rate, at most 200.
   */
  readonly models?: readonly string[] | undefined
  /** How similar your own task types are to others, 0 to 1: `{ 'sql-review': { analysis: 0.8 } }`. */
  readonly similarTo?: DeclaredSimilarity | undefined
  /** How to choose. Default: the policy of the snapshot, else the threshold rule without exploration. */
  readonly policy?: Policy | undefined
  /**
   * What all requests of this router belong to: up to 3 labels with few values each, such as `{ team: 'billing' }`. See
   * the option of `route()`, which comes first.
   */
  readonly context?: RouteOptions['context']
  /**
   * The model that all requests of this router call in any case: see the option of `route()`. With it, decisions are made and
   * recorded, and change nothing.
   */
  readonly observe?: RouteOptions['observe']
  /** Makes exploration repeatable. Default: random. */
  readonly seed?: number | string | undefined
  /**
   * Signs the references of decisions, so that they may travel through a browser: at least 32 characters that nobody can
   * guess, the same as WINRATE_REFERENCE_SECRET of the worker. Of several the first one signs and all are known. Then
   * `recordPreference` refuses references that are not signed. Default: nothing is signed or refused.
   */
  readonly referenceSecret?: string | readonly string[] | undefined
  /** What leaves the process of a prompt: its hash and length, its text too, or nothing. Default 'hash'. */
  readonly prompts?: PromptPolicy | undefined
  /** Limits of the outcome buffer. */
  readonly buffer?: Partial<BufferLimits> | undefined
  /** Milliseconds without news after which the event `stale` is emitted. Default 180000. */
  readonly staleAfterMs?: number | undefined
  /** File for the last good snapshot, so that a restart during an outage keeps what was learned. */
  readonly cacheFile?: string | undefined
  /**
   * The deployment that this router belongs to: the name that operators gave it (WINRATE_FLEET), or its id. Snapshots
   * of another one are refused, and `cacheFile` is used whatever address it came from. Default: whichever the source
   * leads to; before it has answered, the file counts only where it came from the same address.
   */
  readonly fleet?: string | undefined
  /**
   * Where files with unsent outcomes go, for the next start to send: the path with host name, process id and a random
   * part. A process that ends by itself leaves all there, one that is killed all but the last second. With `prompts:
   * 'store'` prompts are in them; only their owner may read them. Default: the path of `cacheFile` with `.unsent`,
   * else none; false for none.
   */
  readonly spoolFile?: string | false | undefined
  /**
   * Where to log. Default: warnings and errors go to the standard error, a line for each cause, repeated ever more
   * rarely while it lasts. `false` silences the router.
   */
  readonly logger?: Logger | false | undefined
  /** Time, for tests. Default: the system's. */
  readonly clock?: Clock | undefined
}

/** Checked options, with defaults filled in. */
export interface RouterSettings {
  readonly instanceId: string
  readonly knowledge: RoutingKnowledge
  readonly policy: Policy | undefined
  /** Reads the context of a request, and adds the router's own. */
  readonly readContext: ReadContext
  /** What the application calls in any case, where a request does not say. */
  readonly observe: RequestedModel | false | undefined
  readonly seed: number
  /** Signs references, and knows which are signed; undefined without a secret. */
  readonly signer: ReferenceSigner | undefined
  readonly prompts: PromptPolicy
  readonly buffer: BufferLimits
  readonly staleAfterMs: number
  /** Where the names of files with unsent outcomes begin. */
  readonly spoolFile: string | undefined
}

const defaultBuffer: BufferLimits = {
  capacity: 10_000,
  maxBytes: 67_108_864,
  batchSize: 500,
  batchBytes: 1_000_000,
  flushIntervalMs: 5_000,
  maxInFlight: 2,
}
const bufferLimits = new Map([
  ['batchSize', limits.outcomesPerBatch],
  ['batchBytes', limits.batchBytes],
  ['flushIntervalMs', MAX_TIMER_MS],
])

const NO_CANDIDATES = 'no candidates: name at least one model in models or defaults'

/** A source serves one router. A second one would wait for snapshots for ever. */
const sourcesInUse = new WeakSet<object>()

/** What is wrong with an option that is given, in sentences; false where nothing is. */
type Check = (given: unknown) => readonly (string | false)[]

const checks: Readonly<Record<keyof RouterOptions, Check>> = {
  snapshots: (given) => [
    !hasMethods(given, ['start', 'stop', 'status']) &&
      'snapshots must be a SnapshotSource, such as httpSnapshots({ url })',
    isObject(given) &&
      sourcesInUse.has(given) &&
      'snapshots serves another router already: make one source for each router',
    ...ownProblems(given),
  ],
  outcomes: (given) => [
    !hasMethods(given, ['send', 'close']) &&
      'outcomes must be an OutcomeSink, such as httpOutcomes({ url })',
    ...ownProblems(given),
  ],
  instanceId: (given) => [
    !isName(given, limits.instanceIdChars) &&
      `instanceId must be 1 to ${limits.instanceIdChars} characters of sound text`,
  ],
  catalogue(given) {
    const { error } = catalogueSchema.safeParse(unwrap(given).value)
    return [error !== undefined && `catalogue: ${describeIssue(error)}`]
  },
  defaults(given) {
    const { error } = defaultWinRatesSchema.safeParse(unwrap(given).value)
    return [error !== undefined && `defaults: ${describeIssue(error)}`]
  },
  models: (given) => [
    !(Array.isArray(given) && given.every((name) => isName(name, limits.modelNameChars))) &&
      'models must be a list of model names',
  ],
  similarTo: (given) => [
    !isSimilarity(given) && 'similarTo must map task types to { taskType: 0..1 }',
  ],
  policy: (given) =>
    (writtenPolicySchema.safeParse(given).error?.issues ?? []).map(
      ({ path, message }) => `${['policy', ...path].join('.')}: ${message}`,
    ),
  context: contextProblems,
  observe: (given) => [
    parseObserve(given) === undefined &&
      'observe must be the model that you call: its name, or { provider, model }',
  ],
  seed: (given) => [
    !['number', 'string'].includes(typeof given) && 'seed must be a number or a string',
  ],
  referenceSecret: (given) => [
    !isSecrets([given].flat()) &&
      `referenceSecret must be a text of at least ${LEAST_SECRET_CHARS} characters, or a list of such texts`,
  ],
  prompts: (given) => [
    !(given === 'hash' || given === 'store' || given === 'none') &&
      "prompts must be 'hash', 'store' or 'none'",
  ],
  buffer: (given) =>
    isObject(given) ? Object.entries(given).map(bufferProblem) : ['buffer must be an object'],
  staleAfterMs: (given) => [
    !isDuration(given) && `staleAfterMs must be above 0 and at most ${MAX_TIMER_MS}`,
  ],
  fleet: (given) => [
    !isName(given, limits.fleetNameChars) &&
      `fleet must be 1 to ${limits.fleetNameChars} characters of sound text`,
  ],
  cacheFile: (given) => [(typeof given !== 'string' || given === '') && 'cacheFile must be a path'],
  spoolFile: (given) => [
    given !== false &&
      (typeof given !== 'string' || given === '') &&
      'spoolFile must be a path or false',
  ],
  logger: (given) => [
    given !== false &&
      !hasMethods(given, ['debug', 'info', 'warn', 'error']) &&
      'logger must be false, or have the methods debug, info, warn and error',
  ],
  clock: (given) => [
    !hasMethods(given, ['now', 'setTimer']) && 'clock must have the methods now and setTimer',
  ],
}

/** @throws RouterError that lists every mistake. */
export function parseOptions(options: RouterOptions): RouterSettings {
  const problems = isObject(options) ? findProblems(options) : ['options must be an object']
  if (problems.length > 0) throw new RouterError('invalid-options', problems)
  const { snapshots, models, similarTo = {} } = options
  const [catalogue, defaults] = [unwrap(options.catalogue), unwrap(options.defaults)]
  const knowledge = {
    catalogue: { ...catalogue, entries: catalogueSchema.parse(catalogue.value ?? []) },
    defaults: { ...defaults, winRates: defaultWinRatesSchema.parse(defaults.value ?? {}) },
    models,
    similarTo,
  }
  if (snapshots !== undefined) sourcesInUse.add(snapshots)
  const { instanceId = defaultInstanceId(), policy, seed = randomUUID() } = options
  const { prompts = 'hash', staleAfterMs = 180_000, referenceSecret } = options
  const buffer = { ...defaultBuffer, ...options.buffer }
  const { cacheFile, spoolFile = cacheFile === undefined ? false : `${cacheFile}.unsent` } = options
  const settings = { instanceId, knowledge, policy, prompts, buffer, staleAfterMs }
  return {
    ...settings,
    readContext: createContextReader(options.context),
    observe: options.observe === undefined ? undefined : parseObserve(options.observe),
    seed: parseSeed(seed),
    signer:
      referenceSecret === undefined ? undefined : createReferenceSigner([referenceSecret].flat()),
    spoolFile: spoolFile === false ? undefined : spoolFile,
  }
}

function findProblems(options: RouterOptions): string[] {
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(checks, name))
  const wrong = Object.entries(checks).flatMap(([name, check]) => {
    const given: unknown = Reflect.get(options, name)
    return given === undefined ? [] : check(given)
  })
  return [
    ...unknown.map((name) => `${name} is not an option${suggestName(name, Object.keys(checks))}`),
    ...wrong.filter((problem) => problem !== false),
    ...(namesNoModel(options) ? [NO_CANDIDATES] : []),
  ]
}

function unwrap(option: unknown): { readonly value: unknown; readonly replace: boolean } {
  return isObject(option) && 'replace' in option && 'entries' in option
    ? { value: option.entries, replace: option.replace === true }
    : { value: option, replace: false }
}

function namesNoModel({ models, defaults }: RouterOptions): boolean {
  if (models !== undefined) return models?.length === 0
  const { value, replace } = unwrap(defaults)
  const isEmpty = (row: unknown) => !isObject(row) || Object.keys(row).length === 0
  return replace && isObject(value) && Object.values(value).every(isEmpty)
}

function bufferProblem([name, value]: [name: string, value: unknown]): string | false {
  if (!Object.hasOwn(defaultBuffer, name)) {
    return `buffer.${name} is not an option${suggestName(name, Object.keys(defaultBuffer))}`
  }
  const most = bufferLimits.get(name) ?? Number.MAX_SAFE_INTEGER
  const isSound =
    Number.isSafeInteger(value) && typeof value === 'number' && value > 0 && value <= most
  return !isSound && `buffer.${name} must be a whole number from 1 to ${most}`
}

/** What the sources and sinks of this package found wrong with their own options. */
function ownProblems(part: unknown): readonly string[] {
  const problems = isObject(part) && 'problems' in part ? part.problems : []
  return Array.isArray(problems) ? problems.map(String) : []
}

function isSimilarity(given: unknown): boolean {
  return isRecordOf(given, (row) => isRecordOf(row, isShare))
}

/** Of task types. */
function isRecordOf(given: unknown, isValue: (value: unknown) => boolean): boolean {
  return (
    isObject(given) &&
    Object.entries(given).every(([taskType, value]) => isTaskType(taskType) && isValue(value))
  )
}

function isShare(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 1
}

function defaultInstanceId(): string {
  const tail = `-${process.pid}-${randomUUID().slice(0, 8)}`
  return `${toSafeText(hostname(), limits.instanceIdChars - tail.length)}${tail}`
}
