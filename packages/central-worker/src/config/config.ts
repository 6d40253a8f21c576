// The environment, read once. Every mistake in it is reported, not only the first.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  catalogueSchema,
  defaultWinRatesSchema,
  LEAST_SECRET_CHARS,
  limits,
} from '@winrate/shared-schema/contracts'
import { readPostgresUrl, splitServers } from '@winrate/shared-schema/postgres'
import {
  DEFAULT_QUALITY_WEIGHT,
  defaultConfidence,
  defaultPolicy,
  policies,
  policyKinds,
  writtenPolicySchema,
} from '@winrate/shared-schema/scoring'
import { z } from 'zod'
import { embeddedHome } from '../embedded-postgres/embedded-binaries.ts'
import { type ProjectUrls, projectName } from '../projects/project-names.ts'
import { DEFAULT_MAX_CELLS } from '../window/cell-budget.ts'
import {
  boolean,
  fleetName,
  hosts,
  jsonFile,
  logLevels,
  origins,
  projectLimits,
  redisUrl,
  secrets,
  share,
  url,
  wholeNumber,
} from './variable-values.ts'

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const names = z.registry<{ readonly name: string }>()

function variable<Schema extends z.ZodType>(name: string, schema: Schema): Schema {
  names.add(schema, { name })
  return schema
}

function nameOf(schema: z.ZodType): string {
  return names.get(schema)?.name ?? ''
}

const environmentSchema = z.object({
  /** Without it the embedded Postgres runs in `dataDir`. */
  databaseUrl: variable('DATABASE_URL', url('postgres:', 'postgresql:').optional()),
  redisUrl: variable('REDIS_URL', redisUrl().optional()),
  dataDir: variable('WINRATE_DATA_DIR', z.string().optional()),
  /** Databases of projects that are not on the server of DATABASE_URL. */
  projectUrls: variable(
    'WINRATE_PROJECTS_FILE',
    jsonFile(z.record(projectName, url('postgres:', 'postgresql:'))).optional(),
  ),
  /** What the database's fleet must be called. */
  fleet: variable('WINRATE_FLEET', fleetName.optional()),
  host: variable('WINRATE_HOST', z.string().min(1).default('127.0.0.1')),
  port: variable('WINRATE_PORT', wholeNumber(0, 65_535).optional()),
  publishTokens: variable('WINRATE_PUBLISH_TOKEN', secrets(16)),
  readTokens: variable('WINRATE_READ_TOKEN', secrets(16)),
  adminTokens: variable('WINRATE_ADMIN_TOKEN', secrets(16)),
  /** Whether no scope is open without a token. */
  requireTokens: variable('WINRATE_REQUIRE_TOKENS', boolean.default(false)),
  /** What may stand in Host, besides loopback names, where a scope has no tokens. */
  allowedHosts: variable('WINRATE_ALLOWED_HOSTS', hosts()),
  /** What signs references; without it nobody takes feedback. */
  referenceSecrets: variable('WINRATE_REFERENCE_SECRET', secrets(LEAST_SECRET_CHARS)),
  /** Pages that may send feedback. */
  feedbackOrigins: variable('WINRATE_FEEDBACK_ORIGINS', origins()),
  /** How old a decision may be of which feedback is taken. */
  feedbackDays: variable('WINRATE_FEEDBACK_DAYS', wholeNumber(1, 3_650).default(7)),
  /** Proxies before the worker, each of which adds to X-Forwarded-For. */
  proxyHops: variable('WINRATE_PROXY_HOPS', wholeNumber(0, 10).default(0)),
  logLevel: variable('WINRATE_LOG_LEVEL', z.enum(logLevels).default('info')),
  /** `auto` is text on a terminal, JSON elsewhere. */
  logFormat: variable('WINRATE_LOG_FORMAT', z.enum(['auto', 'json', 'text']).default('auto')),
  /** Whether the worker serves the dashboard at /ui/. */
  ui: variable('WINRATE_UI', boolean.default(true)),
  migrateOnStart: variable('WINRATE_MIGRATE_ON_START', boolean.default(true)),
  aggregationIntervalMs: variable(
    'WINRATE_AGGREGATION_INTERVAL_MS',
    wholeNumber(100, 86_400_000).default(60_000),
  ),
  windowDays: variable('WINRATE_WINDOW_DAYS', wholeNumber(1, 90).default(7)),
  retentionDays: variable('WINRATE_RETENTION_DAYS', wholeNumber(1, 3_650).default(30)),
  policyKind: variable('WINRATE_POLICY', z.enum(policyKinds).default(policies[0].kind)),
  exploration: variable('WINRATE_POLICY_EXPLORATION', share.optional()),
  policyFile: variable('WINRATE_POLICY_FILE', jsonFile(writtenPolicySchema).optional()),
  /** Share of the reward that a reported quality decides. */
  qualityWeight: variable('WINRATE_QUALITY_WEIGHT', share.default(DEFAULT_QUALITY_WEIGHT)),
  confidenceSlope: variable(
    'WINRATE_CONFIDENCE_SLOPE',
    z.coerce.number().positive().default(defaultConfidence.slope),
  ),
  confidenceMidpoint: variable(
    'WINRATE_CONFIDENCE_MIDPOINT',
    z.coerce.number().min(0).default(defaultConfidence.midpoint),
  ),
  confidenceFloor: variable(
    'WINRATE_CONFIDENCE_FLOOR',
    wholeNumber(0, 1_000_000).default(defaultConfidence.floor),
  ),
  defaults: variable('WINRATE_DEFAULTS_FILE', jsonFile(defaultWinRatesSchema).optional()),
  catalogue: variable('WINRATE_CATALOGUE_FILE', jsonFile(catalogueSchema).optional()),
  /** The model that metrics compare costs with. */
  baselineModel: variable(
    'WINRATE_BASELINE_MODEL',
    z.string().min(1).max(limits.modelNameChars).optional(),
  ),
  /** Cells that a tick counts. */
  maxCells: variable('WINRATE_MAX_CELLS', wholeNumber(10, 100_000).default(DEFAULT_MAX_CELLS)),
  outcomesPerStatement: variable(
    'WINRATE_OUTCOMES_PER_STATEMENT',
    wholeNumber(1, 100_000).default(5_000),
  ),
  /** Statements that move outcomes at the same time. */
  ingestConsumers: variable('WINRATE_INGEST_CONSUMERS', wholeNumber(1, 32).default(2)),
  poolSize: variable('WINRATE_POOL_SIZE', wholeNumber(3, 200).default(10)),
  maxStreams: variable('WINRATE_MAX_STREAMS', wholeNumber(1, 1_000_000).default(20_000)),
  /** What each project may do at most on this replica. */
  limits: variable('WINRATE_LIMITS', projectLimits().optional()),
  shutdownTimeoutMs: variable(
    'WINRATE_SHUTDOWN_TIMEOUT_MS',
    wholeNumber(100, 600_000).default(15_000),
  ),
})

/** Every variable and its default, in the order of docs/operations.md, which a test compares. */
export const variables = Object.values(environmentSchema.shape).map((schema) => ({
  name: nameOf(schema),
  default: schema.safeParse(undefined).data,
}))

export type Config = ReturnType<typeof parseConfig>

const DEFAULT_PORT = 8787

/** One that a tick holds while it runs, and one that serves requests meanwhile. */
const CONNECTIONS_BESIDE_INGEST = 2

/**
 * Reads the configuration.
 *
 * @throws ConfigError that lists every mistake.
 */
export function parseConfig(environment: NodeJS.ProcessEnv) {
  // Compose files and shells pass an unset variable as an empty value.
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = environmentSchema.safeParse(
    Object.fromEntries(
      Object.entries(environmentSchema.shape).map(([field, schema]) => [
        field,
        given[nameOf(schema)],
      ]),
    ),
  )
  const mistakes = [...unknownVariables(given), ...doublePolicy(given)]
  if (!parsed.success) {
    throw configError([...parsed.error.issues.map(describeIssue), ...mistakes])
  }
  const database = readDatabaseUrl('DATABASE_URL', parsed.data.databaseUrl, environment)
  const projects = readProjectUrls(parsed.data.projectUrls ?? {}, environment)
  mistakes.push(...database.mistakes, ...projects.mistakes, ...contradictions(parsed.data))
  if (mistakes.length > 0) throw configError(mistakes)
  const { publishTokens, readTokens, adminTokens, ...values } = parsed.data
  const { policyKind, exploration, policyFile, ...others } = values
  const { confidenceSlope, confidenceMidpoint, confidenceFloor, ...more } = others
  const { referenceSecrets, feedbackOrigins, feedbackDays, proxyHops, ...rest } = more
  return {
    ...rest,
    databaseUrl: database.url,
    projectUrls: projects.urls,
    /** Of the embedded Postgres, which runs unless there is a `databaseUrl`. */
    dataDir: resolve(rest.dataDir ?? join(embeddedHome(environment), 'data')),
    limits: rest.limits ?? {},
    port: rest.port ?? DEFAULT_PORT,
    /** Whether the worker may listen on another port when this one is in use. */
    portIsDefault: rest.port === undefined,
    tokens: { publish: publishTokens, read: readTokens, admin: adminTokens },
    feedback: {
      ...{ secrets: referenceSecrets, origins: feedbackOrigins, proxyHops },
      // What it is about is not kept for longer.
      days: Math.min(feedbackDays, rest.retentionDays),
    },
    policy: policyFile ?? defaultPolicy(policyKind, exploration),
    confidence: { slope: confidenceSlope, midpoint: confidenceMidpoint, floor: confidenceFloor },
  }
}

/** The URL as every connection of the worker uses it, and what is wrong with it. */
function readDatabaseUrl(name: string, text: string | undefined, environment: NodeJS.ProcessEnv) {
  if (text === undefined) return { url: undefined, mistakes: [] }
  const { url, problem } = {
    problem: undefined,
    url: undefined,
    ...readPostgresUrl(text, environment),
  }
  if (url === undefined) return { url, mistakes: [`${name}: ${problem}`] }
  const { searchParams } = new URL(splitServers(url)[0])
  const files = ['sslrootcert', 'sslcert', 'sslkey'].flatMap((parameter) => {
    const path = searchParams.get(parameter)
    return path === null ? [] : [{ parameter, path }]
  })
  const mistakes = files.flatMap(({ parameter, path }) => {
    try {
      readFileSync(path)
      return []
    } catch (error) {
      return [`${name}: ${parameter}: ${error instanceof Error ? error.message : String(error)}`]
    }
  })
  return { url, mistakes }
}

function readProjectUrls(texts: ProjectUrls, environment: NodeJS.ProcessEnv) {
  const read = Object.entries(texts).map(([project, text]) => ({
    project,
    ...readDatabaseUrl(`WINRATE_PROJECTS_FILE at ${project}`, text, environment),
  }))
  return {
    urls: Object.fromEntries(read.flatMap(({ project, url }) => (url ? [[project, url]] : []))),
    mistakes: read.flatMap(({ mistakes }) => mistakes),
  }
}

function describeIssue({ path: [field], message }: z.core.$ZodIssue): string {
  const entry = Object.entries(environmentSchema.shape).find(([name]) => name === field)
  return `${entry === undefined ? String(field) : nameOf(entry[1])}: ${message}`
}

function configError(mistakes: readonly string[]): ConfigError {
  return new ConfigError(
    `the environment has mistakes:\n${mistakes.map((m) => `  ${m}`).join('\n')}`,
  )
}

/** Without this check a misspelt variable would silently leave the default in force. */
function unknownVariables(given: Record<string, string | undefined>): string[] {
  return Object.keys(given)
    .filter(
      (name) => name.startsWith('WINRATE_') && !variables.some((known) => known.name === name),
    )
    .map((name) => `${name}: is not a variable of this worker`)
}

/** The file is a whole policy, so the other variables would silently do nothing. */
function doublePolicy(given: Record<string, string | undefined>): string[] {
  if (given['WINRATE_POLICY_FILE'] === undefined) return []
  return ['WINRATE_POLICY', 'WINRATE_POLICY_EXPLORATION']
    .filter((name) => given[name] !== undefined)
    .map((name) => `${name}: must not be set beside WINRATE_POLICY_FILE`)
}

/** Values that are valid one by one and contradict each other. */
function contradictions(values: z.output<typeof environmentSchema>): string[] {
  const mistakes: string[] = []
  if (values.retentionDays < values.windowDays) {
    mistakes.push('WINRATE_RETENTION_DAYS: must not be less than WINRATE_WINDOW_DAYS')
  }
  if (values.policyFile?.['holdout'] !== undefined) {
    mistakes.push(
      'WINRATE_POLICY_FILE: holdout is no part of it: begin an experiment with "npx winrate holdout SHARE --baseline MODEL"',
    )
  }
  if (values.policyFile?.['budget'] !== undefined) {
    mistakes.push(
      'WINRATE_POLICY_FILE: budget is no part of it: set it with "npx winrate budget USD", which all workers share',
    )
  }
  if (values.poolSize < values.ingestConsumers + CONNECTIONS_BESIDE_INGEST) {
    mistakes.push(
      `WINRATE_POOL_SIZE: must be at least ${CONNECTIONS_BESIDE_INGEST} more than WINRATE_INGEST_CONSUMERS`,
    )
  }
  if (!isLoopback(values.host) && !values.requireTokens) {
    for (const field of ['publishTokens', 'readTokens', 'adminTokens'] as const) {
      if (values[field].length > 0) continue
      const name = nameOf(environmentSchema.shape[field])
      mistakes.push(
        `${name}: is required, because WINRATE_HOST is not a loopback address; or set WINRATE_REQUIRE_TOKENS=true and make tokens with "npx winrate token create"`,
      )
    }
  }
  return mistakes
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
