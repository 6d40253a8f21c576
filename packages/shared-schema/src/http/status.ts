import { z } from 'zod'
import { metricsBodySchema } from './bodies.ts'
import { budgetFactsSchema } from './budget.ts'
import { limitsSchema } from './limits.ts'
import { snapshotHeadSchema } from './snapshots.ts'
import { moment } from './values.ts'

/** A deployment. */
export const fleetFactsSchema = z.object({
  /** Undefined before the first migration that makes it. */
  id: z.uuid().optional(),
  name: z.string().optional(),
})

/** One check of `npx winrate doctor`. */
export const checkFactsSchema = z.object({
  name: z.string(),
  ok: z.boolean(),
  /** Whether it passed with a warning. */
  warns: z.boolean().optional(),
  /** What was found and, where that is not ok, what to do about it. */
  detail: z.string(),
})

const { windowDays, leftOutCells, missing, verdicts, availability, savings, laterAttempts } =
  metricsBodySchema.shape

/** Answer to GET /v1/status: what is served, what waits and whether all is well. `npx winrate status` adds the metrics. */
export const statusBodySchema = z.object({
  /** Of the worker, or of the command. */
  version: z.string(),
  /** By the database's clock. */
  now: moment,
  fleet: fleetFactsSchema,
  snapshot: snapshotHeadSchema,
  queue: z.object({ depth: z.int(), lagSeconds: z.number().nullable() }),
  aggregationIntervalMs: z.int().positive(),
  /** Ticks of all replicas. */
  tick: z.object({
    /** null before the first. */
    lastAt: moment.nullable(),
    /** Since the last one; before the first, since the database was set up. */
    ageMs: z.number(),
    /** The worker that did; null where that is not known. */
    tickedBy: z.string().nullable(),
    /** When one last failed, also where others have succeeded since. */
    failedAt: moment.nullable(),
    /** How many failed in a row since the last one. */
    failures: z.int().min(0),
    /** Why; null where none failed since the last one. */
    failure: z.string().nullable(),
  }),
  /** Those of `npx winrate doctor`. */
  checks: z.array(checkFactsSchema),
  /** How many there are. */
  deadLetters: z.int().min(0),
  /** That sent outcomes in the window. */
  instances: z.int(),
  /** Instance ids that several processes use at once, and the first five of them. */
  sharedIds: z.object({
    found: z.int(),
    ids: z.array(z.object({ instanceId: z.string(), sessions: z.int(), since: z.iso.datetime() })),
  }),
  /** How many outcomes in the window were drawn, and so compare models: of the task types with the most. */
  drawn: z.array(
    z.object({
      taskType: z.string(),
      samples: z.int(),
      drawn: z.int(),
      /** Answers besides the samples, that nobody judged. */
      unjudged: z.int(),
    }),
  ),
  missing,
  verdicts,
  availability,
  /** Paths of requests that are learned apart by their context. */
  splits: z.array(z.object({ path: z.string(), since: z.iso.datetime(), onTrial: z.boolean() })),
  /** What the last tick left out. */
  quarantined: z.object({ instances: z.int(), samples: z.int(), more: z.boolean() }),
  windowDays,
  leftOutCells,
  laterAttempts,
  savings,
  /** What calls may cost: the budget that holds, else the one that ended last; null where there was none. */
  budget: budgetFactsSchema.shape.budget,
  limits: z.object({
    /** What the whole project may do at most on each replica. */
    project: limitsSchema,
    /** Limits that refused something in the last 24 hours, on all replicas: the 20 that refused most. */
    reached: z.array(
      z.object({
        /** Whose limit it is; null for that of the project. */
        token: z.object({ id: z.string(), label: z.string() }).nullable(),
        /** `outcomes`, `bytes`, `streams`, `task-types` or `models`. */
        limit: z.string(),
        /** What it is. */
        most: z.number(),
        /** Requests that were refused; of task types and models, outcomes that became dead letters. */
        refused: z.number(),
        lastAt: moment,
      }),
    ),
  }),
  /** As the next tick publishes it: its kind, its values, and `tasks` with those of single task types. */
  policy: z.looseObject({ kind: z.string() }),
  /** Other settings of this worker that decide what is learned. */
  settings: z.object({
    retentionDays: z.int(),
    /** Confidence in n samples: see docs/learning.md. */
    confidence: z.object({ slope: z.number(), midpoint: z.number(), floor: z.int() }),
    /** Share of the reward that a reported quality decides. */
    qualityWeight: z.number().min(0).max(1),
    /** Cells that a tick counts. */
    maxCells: z.int(),
    /** The model that metrics compare costs with; null where none is set. */
    baselineModel: z.string().nullable(),
    /** Days for which feedback is taken; null where no secret is set, so none is. */
    feedbackDays: z.int().nullable(),
    catalogue: z.object({
      /** Models that the operator lists. */
      own: z.int().min(0),
      /** Models of the built-in price list, where it comes from, and its day. */
      builtIn: z.int().min(0),
      source: z.string(),
      asOf: z.iso.date(),
      /** Of the operator's prices, the day of the oldest; null where none has one. */
      oldestPrice: z.iso.date().nullable(),
    }),
    /** Task types with default win rates from the operator. */
    defaults: z.int().min(0),
  }),
})

export type StatusBody = z.infer<typeof statusBodySchema>
export type CheckFacts = z.infer<typeof checkFactsSchema>
export type FleetFacts = z.infer<typeof fleetFactsSchema>
