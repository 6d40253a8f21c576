import { z } from 'zod'
import { modelFields, moment, more, share } from './values.ts'

/** Expected of the calls by what is known now; nobody made those that would have been chosen. */
const expectedSuccess = z.object({
  called: share,
  wouldChoose: share,
  /** Of what would have been chosen, less what was called. */
  difference: z.number(),
  /** The 95 % interval of the difference, by how much is known of each model. */
  low: z.number(),
  high: z.number(),
})

const expectedCost = z.object({
  called: z.number().min(0),
  wouldChoose: z.number().min(0),
  /** Of the calls that would have been chosen, those whose cost follows from list prices, as nobody measured it there. */
  byListPrices: share,
})

const observedCalls = z.object({
  /** Calls with an outcome of which it is known what would have been chosen. */
  calls: z.int().min(0),
  /** Of them, those for which the same model would have been chosen. */
  agreement: share,
  /** null below 20 calls. */
  success: expectedSuccess.nullable(),
  /** In US dollars per call; null below 20 calls, and where the cost of a model is not known. */
  costUsd: expectedCost.nullable(),
  /** What all of this says. */
  sentence: z.string(),
})

/** Answer to GET /v1/observed, and the facts of `npx winrate observed`. */
export const observedBodySchema = z.object({
  days: z.int().positive(),
  since: moment,
  /** What is expected rests on this snapshot; null before the first one. */
  snapshotVersion: z.int().min(0).nullable(),
  all: observedCalls,
  taskTypes: z.array(
    observedCalls.extend({
      taskType: z.string(),
      /** The models that were called or would have been, the most frequent first. */
      models: z.array(
        z.object({ ...modelFields, called: z.int().min(0), wouldChoose: z.int().min(0) }),
      ),
    }),
  ),
  more,
})

export type ObservedBody = z.infer<typeof observedBodySchema>
