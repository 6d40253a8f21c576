import { z } from 'zod'
import { moment } from './values.ts'

/** What an event tells, in one word. */
export const eventKinds = [
  /** A cell counts from a sudden change of its win rate on. */
  'break',
  /** An instance is left out, by its numbers or by an operator. */
  'quarantine',
  /** An instance counts again. */
  'release',
  /** A version is served again until it is unpinned. */
  'pin',
  'unpin',
  /** New snapshots go to a share of the instances. */
  'canary',
  'promote',
  'abort',
  /** Another policy, or confidence, or window. */
  'policy',
  /** Other models or prices in the operator's catalogue, or other default win rates. */
  'catalogue',
  /** An experiment began, changed or ended. */
  'holdout',
  /** A budget was set or ended, cannot be held, or can be held again. */
  'budget',
  /** Outcomes of a model began to be missing. */
  'missing',
  /** None are missing any more. */
  'complete',
  /** A model has clearly more or fewer verdicts than the others. */
  'unequal',
  /** It no longer has. */
  'equal',
  /** Calls of a model clearly fail now. */
  'failing',
  /** They are answered again. */
  'answering',
  /** Requests began, or ceased, to be learned apart by their context. */
  'split',
  /** Cells have no room, or all of them have room again. */
  'left-out',
  /** A new line of versions began. */
  'epoch',
  /** Offline evaluations were imported, or removed. */
  'import',
  /** A token was made, rotated or revoked. */
  'token',
  /** A project was created or deleted. */
  'project',
  /** An operator puts dead letters of a reason back into the queue. */
  'requeue',
  /** An operator deletes what is stored of an instance or a prompt. */
  'forget',
] as const

export const eventKindSchema = z.enum(eventKinds)

/** Something that changed. What it is not about is null. */
export const eventSchema = z.object({
  /** Grows from event to event. */
  id: z.int().positive(),
  at: moment,
  kind: eventKindSchema,
  taskType: z.string().nullable(),
  provider: z.string().nullable(),
  modelName: z.string().nullable(),
  thinkingLevel: z.string().nullable(),
  instanceId: z.string().nullable(),
  /** For people. Names and reasons in it come from clients and operators: show it as text only. */
  message: z.string(),
  /** The worker whose tick found it, or `operator`. */
  by: z.string().nullable(),
})

/** Answer to GET /v1/events: the newest first. */
export const eventsBodySchema = z.object({
  events: z.array(eventSchema),
  /** Whether older events pass the same filters: ask again with `before` the last id. */
  more: z.boolean(),
})

export type EventKind = z.infer<typeof eventKindSchema>
export type WinrateEvent = z.infer<typeof eventSchema>
export type EventsBody = z.infer<typeof eventsBodySchema>
