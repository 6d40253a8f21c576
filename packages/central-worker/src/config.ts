// The environment, read once. Every mistake in it is reported, not only the first.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  type CatalogueEntry,
  catalogueEntrySchema,
  type DefaultWinRates,
  defaultWinRatesSchema,
  limits,
  type Policy,
} from '@winrate/shared-schema/contracts'
import { DEFAULT_QUALITY_WEIGHT, defaultConfidence } from '@winrate/shared-schema/scoring'
import { z } from 'zod'
import { embeddedHome } from './embedded-postgres/embedded-binaries.ts'
import { operatorPolicySchema, policyOf } from './policy-config.ts'

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const wholeNumber = (lowest: number, highest: number) =>
  z.coerce.number(`must be a whole number`).int().min(lowest).max(highest)

const share = z.coerce.number().min(0).max(1)

const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    )

const tokens = z
  .string()
  .default('')
  .transform((text) => text.split(',').map((token) => token.trim()))
  .transform((list) => list.filter((token) => token !== ''))
  .refine((list) => list.every((token) => token.length >= 16), 'must have at least 16 characters')

const environmentSchema = z.object({
  DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  REDIS_URL: url('redis:', 'rediss:').optional(),
  WINRATE_DATA_DIR: z.string().optional(),
  WINRATE_HOST: z.string().min(1).default('127.0.0.1'),
  WINRATE_PORT: wholeNumber(0, 65_535).optional(),
  WINRATE_PUBLISH_TOKEN: tokens,
  WINRATE_READ_TOKEN: tokens,
  WINRATE_ADMIN_TOKEN: tokens,
  WINRATE_LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info'),
  WINRATE_MIGRATE_ON_START: z
    .enum(['true', 'false'])
    .default('true')
    .transform((text) => text === 'true'),
  WINRATE_AGGREGATION_INTERVAL_MS: wholeNumber(100, 86_400_000).default(60_000),
  WINRATE_WINDOW_DAYS: wholeNumber(1, 90).default(7),
  WINRATE_RETENTION_DAYS: wholeNumber(1, 3_650).default(30),
  WINRATE_POLICY: z.enum(['thompson', 'threshold']).optional(),
  WINRATE_POLICY_EXPLORATION: share.optional(),
  WINRATE_POLICY_FILE: z.string().optional(),
  WINRATE_QUALITY_WEIGHT: share.default(DEFAULT_QUALITY_WEIGHT),
  WINRATE_CONFIDENCE_SLOPE: z.coerce.number().positive().default(defaultConfidence.slope),
  WINRATE_CONFIDENCE_MIDPOINT: z.coerce.number().min(0).default(defaultConfidence.midpoint),
  WINRATE_CONFIDENCE_FLOOR: wholeNumber(0, 1_000_000).default(defaultConfidence.floor),
  WINRATE_DEFAULTS_FILE: z.string().optional(),
  WINRATE_CATALOGUE_FILE: z.string().optional(),
  WINRATE_BASELINE_MODEL: z.string().min(1).max(limits.modelNameChars).optional(),
  WINRATE_OUTCOMES_PER_STATEMENT: wholeNumber(1, 100_000).default(5_000),
  WINRATE_INGEST_CONSUMERS: wholeNumber(1, 32).default(2),
  WINRATE_POOL_SIZE: wholeNumber(3, 200).default(10),
  WINRATE_MAX_STREAMS: wholeNumber(1, 1_000_000).default(20_000),
  WINRATE_SHUTDOWN_TIMEOUT_MS: wholeNumber(100, 600_000).default(15_000),
})

export interface Config {
  /** Undefined: run the embedded Postgres in `dataDir`. */
  readonly databaseUrl: string | undefined
  readonly redisUrl: string | undefined
  readonly dataDir: string
  readonly host: string
  readonly port: number
  /** Whether another port may be taken when this one is in use. */
  readonly portIsDefault: boolean
  readonly tokens: {
    readonly publish: readonly string[]
    readonly read: readonly string[]
    readonly admin: readonly string[]
  }
  readonly logLevel: string
  readonly migrateOnStart: boolean
  readonly aggregationIntervalMs: number
  readonly windowDays: number
  readonly retentionDays: number
  readonly policy: Policy
  /** Share of the reward that a reported quality decides. */
  readonly qualityWeight: number
  readonly confidence: { slope: number; midpoint: number; floor: number }
  readonly defaults: DefaultWinRates | undefined
  readonly catalogue: CatalogueEntry[] | undefined
  /** The model that metrics compare costs with. */
  readonly baselineModel: string | undefined
  readonly outcomesPerStatement: number
  /** Statements that move outcomes at the same time. */
  readonly ingestConsumers: number
  readonly poolSize: number
  readonly maxStreams: number
  readonly shutdownTimeoutMs: number
}

const DEFAULT_PORT = 8787

/** One that a tick holds for as long as it takes, and one that answers meanwhile. */
const CONNECTIONS_BESIDE_INGEST = 2

/** Every variable, in the order of docs/operations.md, which a test holds against this list. */
export const variableNames = Object.keys(environmentSchema.shape)

/**
 * Reads the configuration.
 *
 * @throws ConfigError that lists every mistake.
 */
export function parseConfig(environment: NodeJS.ProcessEnv): Config {
  // An empty value is what compose files and shells leave of a variable that is not set.
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = environmentSchema.safeParse(given)
  const mistakes = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  mistakes.push(...unknownVariables(given))
  const defaults = readJsonFile(given['WINRATE_DEFAULTS_FILE'], defaultWinRatesSchema)
  const catalogue = readJsonFile(given['WINRATE_CATALOGUE_FILE'], z.array(catalogueEntrySchema))
  const policy = readJsonFile(given['WINRATE_POLICY_FILE'], operatorPolicySchema)
  if (policy.mistake !== undefined) mistakes.push(`WINRATE_POLICY_FILE: ${policy.mistake}`)
  mistakes.push(...doublePolicy(given))
  if (defaults.mistake !== undefined) mistakes.push(`WINRATE_DEFAULTS_FILE: ${defaults.mistake}`)
  if (catalogue.mistake !== undefined) mistakes.push(`WINRATE_CATALOGUE_FILE: ${catalogue.mistake}`)
  if (!parsed.success) throw configError(mistakes)
  const values = parsed.data
  if (values.WINRATE_RETENTION_DAYS < values.WINRATE_WINDOW_DAYS) {
    mistakes.push('WINRATE_RETENTION_DAYS: must not be less than WINRATE_WINDOW_DAYS')
  }
  if (values.WINRATE_POOL_SIZE < values.WINRATE_INGEST_CONSUMERS + CONNECTIONS_BESIDE_INGEST) {
    mistakes.push(
      `WINRATE_POOL_SIZE: must be at least ${CONNECTIONS_BESIDE_INGEST} more than WINRATE_INGEST_CONSUMERS`,
    )
  }
  mistakes.push(...missingTokens(values))
  if (mistakes.length > 0) throw configError(mistakes)
  return {
    databaseUrl: values.DATABASE_URL,
    redisUrl: values.REDIS_URL,
    dataDir: resolve(values.WINRATE_DATA_DIR ?? join(embeddedHome(environment), 'data')),
    host: values.WINRATE_HOST,
    port: values.WINRATE_PORT ?? DEFAULT_PORT,
    portIsDefault: values.WINRATE_PORT === undefined,
    tokens: {
      publish: values.WINRATE_PUBLISH_TOKEN,
      read: values.WINRATE_READ_TOKEN,
      admin: values.WINRATE_ADMIN_TOKEN,
    },
    logLevel: values.WINRATE_LOG_LEVEL,
    migrateOnStart: values.WINRATE_MIGRATE_ON_START,
    aggregationIntervalMs: values.WINRATE_AGGREGATION_INTERVAL_MS,
    windowDays: values.WINRATE_WINDOW_DAYS,
    retentionDays: values.WINRATE_RETENTION_DAYS,
    policy:
      policy.value ??
      policyOf(values.WINRATE_POLICY ?? 'thompson', values.WINRATE_POLICY_EXPLORATION),
    qualityWeight: values.WINRATE_QUALITY_WEIGHT,
    confidence: {
      slope: values.WINRATE_CONFIDENCE_SLOPE,
      midpoint: values.WINRATE_CONFIDENCE_MIDPOINT,
      floor: values.WINRATE_CONFIDENCE_FLOOR,
    },
    defaults: defaults.value,
    catalogue: catalogue.value,
    baselineModel: values.WINRATE_BASELINE_MODEL,
    outcomesPerStatement: values.WINRATE_OUTCOMES_PER_STATEMENT,
    ingestConsumers: values.WINRATE_INGEST_CONSUMERS,
    poolSize: values.WINRATE_POOL_SIZE,
    maxStreams: values.WINRATE_MAX_STREAMS,
    shutdownTimeoutMs: values.WINRATE_SHUTDOWN_TIMEOUT_MS,
  }
}

function configError(mistakes: readonly string[]): ConfigError {
  return new ConfigError(
    `the environment has mistakes:\n${mistakes.map((m) => `  ${m}`).join('\n')}`,
  )
}

/** A misspelt variable would otherwise silently leave a default in force. */
function unknownVariables(given: Record<string, string | undefined>): string[] {
  return Object.keys(given)
    .filter((name) => name.startsWith('WINRATE_') && !variableNames.includes(name))
    .map((name) => `${name}: is not a variable of this worker`)
}

/** The file is a whole policy, so one of the others beside it would silently do nothing. */
function doublePolicy(given: Record<string, string | undefined>): string[] {
  if (given['WINRATE_POLICY_FILE'] === undefined) return []
  return ['WINRATE_POLICY', 'WINRATE_POLICY_EXPLORATION']
    .filter((name) => given[name] !== undefined)
    .map((name) => `${name}: must not be set beside WINRATE_POLICY_FILE`)
}

function missingTokens(values: z.infer<typeof environmentSchema>): string[] {
  if (isLoopback(values.WINRATE_HOST)) return []
  const required = ['WINRATE_PUBLISH_TOKEN', 'WINRATE_READ_TOKEN', 'WINRATE_ADMIN_TOKEN'] as const
  return required
    .filter((name) => values[name].length === 0)
    .map((name) => `${name}: is required, because WINRATE_HOST is not a loopback address`)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

function readJsonFile<T>(
  path: string | undefined,
  schema: z.ZodType<T>,
): { value: T | undefined; mistake?: string } {
  if (path === undefined) return { value: undefined }
  try {
    const parsed = schema.safeParse(JSON.parse(readFileSync(path, 'utf8')))
    if (parsed.success) return { value: parsed.data }
    const issue = parsed.error.issues[0]
    return { value: undefined, mistake: `${path} at ${issue?.path.join('.')}: ${issue?.message}` }
  } catch (error) {
    return { value: undefined, mistake: error instanceof Error ? error.message : String(error) }
  }
}
