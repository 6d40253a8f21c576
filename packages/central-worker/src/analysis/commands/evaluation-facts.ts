// What `npx winrate evaluate --json` prints.
import { missingOutcomesSchema } from '@winrate/shared-schema/http'
import { z } from 'zod'

export type EvaluationFacts = z.infer<typeof evaluationFactsSchema>

const intervalFields = { estimate: z.number(), low: z.number(), high: z.number() }
const interval = z.object(intervalFields)

/** null where nothing logged tells of the measure. */
const estimates = z
  .object({
    ips: interval,
    snips: interval,
    dr: interval,
    difference: z.object({ ...intervalFields, clear: z.boolean() }),
  })
  .nullable()

export const evaluationFactsSchema = z.object({
  period: z.object({ from: z.iso.datetime(), until: z.iso.datetime(), days: z.number() }),
  decisions: z.int(),
  clusters: z.int(),
  logged: z.object({
    success: interval.nullable(),
    reward: interval.nullable(),
    costUsd: interval.nullable(),
  }),
  /** Models of which outcomes are missing now, the clearest first. */
  missing: z.array(
    missingOutcomesSchema.pick({
      ...{ taskType: true, modelName: true, provider: true },
      ...{ reportedShare: true, z: true, failuresPerOutcome: true },
    }),
  ),
  policies: z.array(
    z.object({
      name: z.string(),
      policy: z.looseObject({ kind: z.string() }).nullable(),
      success: estimates,
      reward: estimates,
      costUsd: estimates,
      effectiveSampleSize: z.number(),
      effectiveClusters: z.number(),
      meanWeight: z.number(),
      unsupportedShare: z.number(),
      warnings: z
        .array(
          z.object({
            code: z.enum([
              'no-overlap',
              'few-effective',
              'few-clusters',
              'small-overlap',
              'unsupported',
              'weights-off',
              'cost-unknown',
            ]),
            message: z.string(),
          }),
        )
        .readonly(),
    }),
  ),
  unlearned: z.int(),
  /** Decisions of the period that were not evaluated, by reason. */
  leftOut: z.record(z.string(), z.int()),
  parts: z.int(),
  taskTypes: z.array(z.string()).readonly(),
  models: z.array(z.string()).readonly(),
})
