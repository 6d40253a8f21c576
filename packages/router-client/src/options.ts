import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import {
  type CatalogueEntry,
  catalogueEntrySchema,
  controlCharacter,
  type DefaultWinRates,
  defaultWinRatesSchema,
  isTaskType,
  limits,
  type Policy,
} from '@winrate/shared-schema/contracts'
import { type DeclaredSimilarity, writtenPolicySchema } from '@winrate/shared-schema/scoring'
import { RouterError } from './errors.ts'
import type { PromptPolicy } from './outcomes/record/outcome-message.ts'
import type { BufferLimits } from './outcomes/send/outcome-buffer.ts'
import type { OutcomeSink } from './outcomes/sinks/outcome-sink.ts'
import type { RoutingKnowledge } from './routing/table/routing-table.ts'
import type { Clock } from './runtime/clock.ts'
import { describeIssue } from './runtime/describe-error.ts'
import type { Logger } from './runtime/logger.ts'
import { isDuration, MAX_TIMER_MS } from './runtime/option-problems.ts'
import { parseSeed } from './runtime/random.ts'
import { toSafeText } from './runtime/safe-text.ts'
import type { SnapshotSource } from './snapshots/sources/snapshot-source.ts'

/** Everything is optional: without any option the router decides by defaults and drops outcomes. */
export interface RouterOptions {
  /** Where snapshots come from. Default: nowhere, so defaults serve. */
  readonly snapshots?: SnapshotSource
  /** Where outcomes go. Default: nowhere, so they are dropped (and counted). */
  readonly outcomes?: OutcomeSink
  /**
   * Names this instance in outcomes and to the worker. Give one that stays the same over restarts (a
   * pod's or host's name and role) and is unique among those that run at a time: canaries and the
   * per-instance sums go by it. Default: host name, process id and a random part, new at each start.
   */
  readonly instanceId?: string
  /**
   * Models beside or instead of the built-in ones. A list extends them, by key; `replace` uses nothing
   * else, not even what the operator publishes.
   */
  readonly catalogue?:
    | readonly CatalogueEntry[]
    | { readonly replace: true; readonly entries: readonly CatalogueEntry[] }
  /** Default win rates by task type and model name; `replace` as in `catalogue`. */
  readonly defaults?:
    | DefaultWinRates
    | { readonly replace: true; readonly entries: DefaultWinRates }
  /**
   * The models that are candidates when `route()` names none: catalogue keys or concrete ids. Default:
   * every model that has a default win rate.
   */
  readonly models?: readonly string[]
  /** How far task types of one's own are like others: `{ 'sql-review': { analysis: 0.8 } }`, 0 to 1. */
  readonly similarTo?: DeclaredSimilarity
  /** How to choose. Default: what the snapshot says, else the threshold rule without exploration. */
  readonly policy?: Policy
  /** Makes exploration repeatable. Default: random. */
  readonly seed?: number | string
  /** What of prompts leaves the process: their hash and length, the text too, or nothing. Default 'hash'. */
  readonly prompts?: PromptPolicy
  /** Bounds of the outcome buffer. */
  readonly buffer?: Partial<BufferLimits>
  /** Without news for so long the event `stale` tells, in milliseconds. Default 180000. */
  readonly staleAfterMs?: number
  /** File for the last good snapshot, so that a restart during an outage keeps what was learned. */
  readonly cacheFile?: string
  /** Default: silent. */
  readonly logger?: Logger
  /** Time, for tests. Default: the system's. */
  readonly clock?: Clock
}

/** Options after the boundary: checked, with defaults filled in. */
export interface RouterSettings {
  readonly instanceId: string
  readonly knowledge: RoutingKnowledge
  readonly policy: Policy | undefined
  readonly seed: number
  readonly prompts: PromptPolicy
  readonly buffer: BufferLimits
  readonly staleAfterMs: number
}

const defaultBuffer: BufferLimits = {
  capacity: 10_000,
  maxBytes: 67_108_864,
  batchSize: 500,
  batchBytes: 1_000_000,
  flushIntervalMs: 5_000,
  maxInFlight: 2,
}
const DEFAULT_STALE_AFTER_MS = 180_000
const optionNames: Record<keyof RouterOptions, true> = {
  snapshots: true,
  outcomes: true,
  instanceId: true,
  catalogue: true,
  defaults: true,
  models: true,
  similarTo: true,
  policy: true,
  seed: true,
  prompts: true,
  buffer: true,
  staleAfterMs: true,
  cacheFile: true,
  logger: true,
  clock: true,
}

/** A source serves one router. A second one would wait for snapshots for ever. */
const sourcesInUse = new WeakSet<SnapshotSource>()

/** @throws RouterError that lists every mistake. */
export function parseOptions(options: RouterOptions): RouterSettings {
  if (typeof options !== 'object' || options === null) {
    throw new RouterError('invalid-options', ['options must be an object'])
  }
  const problems = Object.keys(options)
    .filter((name) => !Object.hasOwn(optionNames, name))
    .map((name) => `${name} is not an option`)
  const knowledge = parseKnowledge(options, problems)
  const buffer = parseBuffer(options, problems)
  checkParts(options, problems)
  checkValues(options, problems)
  if (problems.length > 0) throw new RouterError('invalid-options', problems)
  if (options.snapshots !== undefined) sourcesInUse.add(options.snapshots)
  return {
    instanceId: options.instanceId ?? defaultInstanceId(),
    knowledge,
    policy: options.policy,
    seed: parseSeed(options.seed ?? randomUUID()),
    prompts: options.prompts ?? 'hash',
    buffer,
    staleAfterMs: options.staleAfterMs ?? DEFAULT_STALE_AFTER_MS,
  }
}

function parseKnowledge(options: RouterOptions, problems: string[]): RoutingKnowledge {
  const catalogue = unwrap(options.catalogue)
  const entries = catalogueEntrySchema
    .array()
    .safeParse(catalogue.value === undefined ? [] : catalogue.value)
  if (!entries.success) problems.push(`catalogue: ${describeIssue(entries.error)}`)
  const defaults = unwrap(options.defaults)
  const winRates = defaultWinRatesSchema.safeParse(
    defaults.value === undefined ? {} : defaults.value,
  )
  if (!winRates.success) problems.push(`defaults: ${describeIssue(winRates.error)}`)
  const { models, similarTo = {} } = options
  if (
    models !== undefined &&
    !(Array.isArray(models) && models.every((name) => isName(name, limits.modelNameChars)))
  ) {
    problems.push('models must be a list of model names')
  }
  const named = Object.values(winRates.data ?? {}).flatMap(Object.keys)
  if (models?.length === 0 || (models === undefined && defaults.replace && named.length === 0)) {
    problems.push('no candidates: name at least one model in models or defaults')
  }
  if (!isSimilarity(similarTo)) {
    problems.push('similarTo must map task types to { taskType: 0..1 }')
  }
  return {
    catalogue: { entries: entries.data ?? [], replace: catalogue.replace },
    defaults: { winRates: winRates.data ?? {}, replace: defaults.replace },
    models,
    similarTo,
  }
}

function unwrap(option: unknown): { value: unknown; replace: boolean } {
  if (
    typeof option !== 'object' ||
    option === null ||
    !('replace' in option) ||
    !('entries' in option)
  ) {
    return { value: option, replace: false }
  }
  return { value: option.entries, replace: option.replace === true }
}

function parseBuffer({ buffer = {} }: RouterOptions, problems: string[]): BufferLimits {
  const merged = { ...defaultBuffer, ...buffer }
  for (const [name, value] of Object.entries(merged)) {
    const isTimer = name === 'flushIntervalMs'
    if (!(Number.isSafeInteger(value) && value > 0) || (isTimer && !isDuration(value))) {
      problems.push(`buffer.${name} must be a positive whole number`)
    }
    if (!Object.hasOwn(defaultBuffer, name)) problems.push(`buffer.${name} is not an option`)
  }
  if (merged.batchSize > limits.outcomesPerBatch) {
    problems.push(`buffer.batchSize must be ${limits.outcomesPerBatch} or less`)
  }
  if (merged.batchBytes > limits.batchBytes) {
    problems.push(`buffer.batchBytes must be ${limits.batchBytes} or less`)
  }
  return merged
}

function checkParts({ snapshots, outcomes, logger, clock }: RouterOptions, problems: string[]) {
  if (snapshots !== undefined && !hasMethods(snapshots, ['start', 'stop', 'status'])) {
    problems.push('snapshots must be a SnapshotSource, such as httpSnapshots({ url })')
  }
  if (snapshots !== undefined && sourcesInUse.has(snapshots)) {
    problems.push('snapshots serves another router already: make one source for each router')
  }
  if (outcomes !== undefined && !hasMethods(outcomes, ['send', 'close'])) {
    problems.push('outcomes must be an OutcomeSink, such as httpOutcomes({ url })')
  }
  problems.push(...(snapshots?.problems ?? []), ...(outcomes?.problems ?? []))
  if (logger !== undefined && !hasMethods(logger, ['debug', 'info', 'warn', 'error'])) {
    problems.push('logger must have the methods debug, info, warn and error')
  }
  if (clock !== undefined && !hasMethods(clock, ['now', 'setTimer'])) {
    problems.push('clock must have the methods now and setTimer')
  }
}

function checkValues(options: RouterOptions, problems: string[]): void {
  const { instanceId, policy, seed, prompts, staleAfterMs, cacheFile } = options
  if (instanceId !== undefined && !isName(instanceId, limits.instanceIdChars)) {
    problems.push(`instanceId must be 1 to ${limits.instanceIdChars} characters of sound text`)
  }
  const written = policy === undefined ? undefined : writtenPolicySchema.safeParse(policy)
  for (const { path, message } of written?.error?.issues ?? []) {
    problems.push(`${['policy', ...path].join('.')}: ${message}`)
  }
  if (seed !== undefined && typeof seed !== 'number' && typeof seed !== 'string') {
    problems.push('seed must be a number or a string')
  }
  if (prompts !== undefined && !['hash', 'store', 'none'].includes(prompts)) {
    problems.push("prompts must be 'hash', 'store' or 'none'")
  }
  if (staleAfterMs !== undefined && !isDuration(staleAfterMs)) {
    problems.push(`staleAfterMs must be above 0 and at most ${MAX_TIMER_MS}`)
  }
  if (cacheFile !== undefined && (typeof cacheFile !== 'string' || cacheFile === '')) {
    problems.push('cacheFile must be a path')
  }
}

function isSimilarity(similarTo: DeclaredSimilarity): boolean {
  return (
    typeof similarTo === 'object' &&
    similarTo !== null &&
    Object.entries(similarTo).every(
      ([taskType, row]) =>
        isTaskType(taskType) &&
        typeof row === 'object' &&
        row !== null &&
        Object.entries(row).every(([other, value]) => isTaskType(other) && isShare(value)),
    )
  )
}

function isShare(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 1
}

function isName(value: unknown, maxChars: number): value is string {
  if (typeof value !== 'string' || value === '' || value.length > maxChars) return false
  return toSafeText(value) === value && !controlCharacter.test(value)
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  return names.every((name) => typeof Reflect.get(value, name) === 'function')
}

function defaultInstanceId(): string {
  const tail = `-${process.pid}-${randomUUID().slice(0, 8)}`
  return `${toSafeText(hostname(), limits.instanceIdChars - tail.length)}${tail}`
}
