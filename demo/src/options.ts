import { defaultPolicy, policyKinds } from '@winrate/shared-schema/scoring'
import { z } from 'zod'
import { bundledOutcomeFiles, bundledTaskMapFile } from './data/bundled-data.ts'
import { fileList, parseFlags, parseValues, wholeNumber } from './flags.ts'

export interface DemoOptions {
  /** Outcome files to replay, in the format of data/README.md. */
  readonly dataFiles: readonly string[]
  /** Whether these are the bundled files. */
  readonly bundled: boolean
  readonly taskMapFile: string
  readonly instances: number
  /** The worker's aggregation interval. */
  readonly intervalMs: number
  /** Number of queries that every instance replays; undefined means all. */
  readonly limit: number | undefined
  readonly policy: DemoPolicy
  /** Share of the decisions that go to the experiment's baseline, 0 to 0.9; 0: no experiment. */
  readonly holdout: number
  readonly seed: number
  /** Whether to print one JSON object as the last line of stdout. */
  readonly json: boolean
  /** Whether the worker stays up after the report. */
  readonly serve: boolean
}

/** A kind of policy, with the share of decisions that explore, 0 to 1. */
export interface DemoPolicy {
  readonly kind: string
  readonly exploration: number
}

export type Command = { readonly help: true } | { readonly help: false; options: DemoOptions }

/** With the bundled outcomes, so that the dashboard tells whether learning pays. */
const SERVED_HOLDOUT = 0.1

const flags = {
  data: { type: 'string' },
  'task-map': { type: 'string' },
  instances: { type: 'string' },
  'interval-ms': { type: 'string' },
  limit: { type: 'string' },
  policy: { type: 'string' },
  holdout: { type: 'string' },
  seed: { type: 'string' },
  json: { type: 'boolean' },
  serve: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const policy = z.string().transform((text, context): DemoPolicy => {
  const [kind = '', share, ...rest] = text.split(':')
  if (policyKinds.includes(kind) && share !== '' && rest.length === 0) {
    const exploration = share === undefined ? usualExploration(kind) : Number(share)
    if (isShare(exploration)) return { kind, exploration }
  }
  context.addIssue(`must be ${policyKinds.join(' or ')}, or with :SHARE, a share from 0 to 1`)
  return z.NEVER
})

/** What the worker explores by default. */
function usualExploration(kind: string): number {
  return Number(defaultPolicy(kind)['exploration'] ?? 0)
}

const values = z.object({
  data: fileList.optional(),
  'task-map': z.string().min(1, 'must be a file').optional(),
  instances: wholeNumber(1, 64).default(8),
  'interval-ms': wholeNumber(100, 86_400_000).default(1000),
  limit: wholeNumber(1, 10_000_000).optional(),
  policy: policy.prefault(defaultPolicy().kind),
  holdout: z.coerce.number('must be a share from 0 to 0.9').min(0).max(0.9).optional(),
  seed: wholeNumber(0, 4_294_967_295).default(1),
  json: z.boolean().default(false),
  serve: z.boolean().default(false),
})

/** Reads the command line; throws UsageError that names every mistake. */
export function parseOptions(args: readonly string[]): Command {
  const given = parseFlags(args, flags)
  if (given.help === true) return { help: true }
  const {
    data,
    'task-map': taskMap,
    'interval-ms': intervalMs,
    limit,
    holdout = data === undefined && given.serve === true ? SERVED_HOLDOUT : 0,
    ...rest
  } = parseValues(values, given)
  return {
    help: false,
    options: {
      ...rest,
      dataFiles: data ?? bundledOutcomeFiles,
      bundled: data === undefined,
      taskMapFile: taskMap ?? bundledTaskMapFile,
      intervalMs,
      limit,
      holdout,
    },
  }
}

function isShare(value: number): boolean {
  return value >= 0 && value <= 1
}
