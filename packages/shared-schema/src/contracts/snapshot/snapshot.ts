// Version 1 of a snapshot: everything that clients route by, immutable, named by (epoch, version).
// Cells are columns of equal length over two dictionaries, which takes a sixth of the bytes of a list of
// objects. Readers ignore fields that they do not know and refuse a format that they do not know.
import { list, looseObject, object } from '../../schema/objects.ts'
import type { Infer } from '../../schema/schema.ts'
import { integer, literal, number, positive, text } from '../../schema/values.ts'
import { catalogueSchema, defaultWinRatesSchema, listPrices } from '../catalogue/catalogue.ts'
import { isoTime, sha256, uuid } from '../names/formats.ts'
import { limits } from '../names/limits.ts'
import { taskTypeSchema } from '../names/task-type.ts'
import { cellsSchema } from './cell-columns.ts'
import { amounts, counts, shares } from './number-column.ts'

/**
 * How the fleet should choose, as it travels. `kind` names one of `scoring/policies`, the other fields are
 * its values, and `tasks` gives single task types a policy of their own. The wire carries any kind, so
 * that a client of an earlier version passes a later policy on whole; `readPolicies` reads it.
 */
export const policySchema = looseObject({ kind: text(1, 40) })

export type Policy = Infer<typeof policySchema>

/** Names one snapshot: `version` orders within an epoch, epochs are unordered. */
export interface SnapshotVersion {
  readonly epoch: string
  readonly version: number
}

/** The form used as SSE event id and, quoted, as ETag. */
export function formatSnapshotVersion({ epoch, version }: SnapshotVersion): string {
  return `${epoch}:${version}`
}

/** Reads `epoch:version`, with or without an ETag's quotes; undefined when it is something else. */
export function parseSnapshotVersion(text: string | null | undefined): SnapshotVersion | undefined {
  const match = /^(?:W\/)?"?([0-9a-f-]{36}):([1-9]\d{0,15})"?$/.exec(text ?? '')
  if (match?.[1] === undefined || match[2] === undefined) return undefined
  const version = Number(match[2])
  return Number.isSafeInteger(version) ? { epoch: match[1], version } : undefined
}

/**
 * Whether a client that has `current` should take `next`: within an epoch only a newer version, from
 * another epoch always.
 */
export function supersedes(next: SnapshotVersion, current: SnapshotVersion | undefined): boolean {
  return current === undefined || next.epoch !== current.epoch || next.version > current.version
}

export const SNAPSHOT_FORMAT = 1

/** How alike two task types are, as learned from how models' win rates move together. */
const similaritySchema = object({
  /** Index into `tasks`. */
  one: counts,
  /** Index into `tasks`. */
  other: counts,
  value: shares,
})

/** How well models do on the whole, in the order of `tasks`: see `taskBase`. */
const basesSchema = object({
  mean: shares,
  certainty: shares,
  priorMass: amounts,
})

/** How much what one model failed at is hard for the others, where that is learned: see `conditionalRate`. */
const escalationSchema = object({
  /** Index into `tasks`. */
  task: counts,
  /** From 0, where models fail at different requests, to 5, where they fail at the same ones. */
  dependence: amounts,
})

/** What a call of a task type typically takes in tokens, whichever model is called, where outcomes tell it. */
const tokensSchema = object({
  /** Index into `tasks`. */
  task: counts,
  /** All input, what a cache read included. */
  input: counts,
  cacheRead: counts,
  /** All output, reasoning included. */
  output: counts,
})

/** What a call typically takes. */
export interface TaskTokens {
  readonly input: number
  readonly cacheRead: number
  readonly output: number
}

export const confidenceParametersSchema = object({
  /** Steepness of the sigmoid, per sample. */
  slope: positive(),
  /** Samples at which the sigmoid is one half. */
  midpoint: number(0),
  /** Samples from which the sigmoid counts; below, confidence is 0.04 a sample, 0.2 at most. */
  floor: integer(),
})

/** The deployment that publishes: one database with its workers and clients. */
const fleetSchema = object({
  /** Stays for as long as the database does, over restores, epochs and moves. */
  id: uuid,
  /** What its operator calls it. */
  name: text(1, limits.fleetNameChars).optional(),
})

/**
 * What one instance should know about itself. The worker writes the sentence, and clients pass it on with whatever
 * else is there: so a later version may add kinds and facts.
 */
const noticeSchema = looseObject({
  instanceId: text(1),
  /** `quarantined`; later versions have others. */
  kind: text(1),
  /** What is the matter and what to do about it. */
  message: text(1),
  /** Since when, in ISO 8601; absent where the worker cannot tell. */
  since: text().optional(),
})

export type Fleet = Infer<typeof fleetSchema>
export type Notice = Infer<typeof noticeSchema>

/** Each field by itself, in canonical order; `findInconsistency` checks what shows only between fields. */
export const snapshotFieldsSchema = object({
  format: literal(SNAPSHOT_FORMAT),
  /** Hex SHA-256 of the snapshot's text with this value left empty. */
  hash: sha256,
  /** Changes when history was lost: versions then start again. */
  epoch: uuid,
  /** Grows by one with every snapshot of an epoch. */
  version: integer(1),
  /** Absent in what earlier versions published. */
  fleet: fleetSchema.optional(),
  createdAt: isoTime,
  windowDays: positive(),
  policy: policySchema,
  confidence: confidenceParametersSchema.optional(),
  /** The version whose content this one repeats, while an operator has it pinned. */
  pinnedFrom: integer(1).optional(),
  defaults: defaultWinRatesSchema.optional(),
  catalogue: catalogueSchema.optional(),
  /**
   * No queue message of this id or a greater one is counted here. Those with a smaller id are counted or
   * were rejected, except for a few that later messages have overtaken.
   */
  queueWatermark: integer().optional(),
  similarity: similaritySchema.optional(),
  /**
   * The task types of which successes and failures arrive at clearly different ages. There, what was reported of young
   * decisions says nothing, so that an instance's own outcomes wait for the evidence, too.
   */
  late: list(text(1)).optional(),
  /**
   * Paths that no caller names: `coding/team-3f2a90b1` for the requests of `coding` whose context has this entry, because
   * models compare differently there. A task type has such paths of one label.
   */
  splits: list(taskTypeSchema).optional(),
  /** Absent in what earlier versions published: then they follow from the cells. */
  bases: basesSchema.optional(),
  /** Of the task types with later attempts. */
  escalation: escalationSchema.optional(),
  tokens: tokensSchema.optional(),
  /** Those that hold now, the longest first; absent where the worker does not say. */
  notices: list(noticeSchema).optional(),
  /** Notices beyond the most that a snapshot carries. */
  moreNotices: integer(1).optional(),
  /** Models of which calls clearly fail now, with the share that is answered. Not whether the answers are good. */
  availability: list(
    object({
      provider: text(1, limits.providerChars),
      name: text(1, limits.modelNameChars),
      share: number(0, 1),
    }),
  ).optional(),
  tasks: list(taskTypeSchema),
  /**
   * The names of the last entries of `tasks`, which are paths: readers of earlier versions refuse paths, so `tasks`
   * has stand-ins. Present where the worker takes outcomes of paths.
   */
  paths: list(taskTypeSchema).optional(),
  models: list(
    object({
      provider: text(1, limits.providerChars),
      name: text(1, limits.modelNameChars),
      thinkingLevel: text(1, limits.thinkingLevelChars).optional(),
    }),
  ),
  /**
   * List prices as the worker knows them, of models that no catalogue prices; newer than a client's own.
   */
  prices: list(object({ model: integer(), ...listPrices })).optional(),
  cells: cellsSchema,
})

export const snapshotSchema = snapshotFieldsSchema.check(findInconsistency)

export type Snapshot = Infer<typeof snapshotSchema>
export type SnapshotContent = Omit<Snapshot, 'format' | 'hash'>
export type ConfidenceParameters = Infer<typeof confidenceParametersSchema>

/** The names of the task types that cells refer to. */
export function taskNames({
  tasks,
  paths = [],
}: Pick<Snapshot, 'tasks' | 'paths'>): readonly string[] {
  return [...tasks.slice(0, tasks.length - paths.length), ...paths]
}

type Tables = Pick<
  Snapshot,
  | 'tasks'
  | 'paths'
  | 'models'
  | 'prices'
  | 'cells'
  | 'similarity'
  | 'bases'
  | 'escalation'
  | 'tokens'
>

/** The first column of unequal length or index that names nothing, or other contradiction between fields. */
export function findInconsistency({
  tasks,
  paths = [],
  models,
  prices = [],
  cells,
  similarity,
  bases,
  escalation,
  tokens,
}: Tables): readonly [path: readonly string[], message: string] | undefined {
  for (const [name, column] of Object.entries(cells)) {
    if (column !== undefined && column.length !== cells.task.length) {
      return [['cells', name], 'length differs']
    }
  }
  if (paths.length > tasks.length) return [['paths'], 'names no task']
  if (!areIndices(cells.task, tasks)) return [['cells', 'task'], 'names no task']
  if (!areIndices(cells.model, models)) return [['cells', 'model'], 'names no model']
  if (
    !areIndices(
      prices.map(({ model }) => model),
      models,
    )
  ) {
    return [['prices'], 'names no model']
  }
  if (cells.successes.some((count, row) => count > (cells.samples[row] ?? 0))) {
    return [['cells', 'successes'], 'exceeds samples']
  }
  for (const [name, column] of Object.entries(bases ?? {})) {
    if (column.length !== tasks.length) return [['bases', name], 'length differs']
  }
  for (const [field, columns] of Object.entries({ escalation, tokens })) {
    for (const [name, column] of Object.entries(columns ?? {})) {
      if (column.length !== columns?.task.length) return [[field, name], 'length differs']
    }
    if (!areIndices(columns?.task ?? [], tasks)) return [[field, 'task'], 'names no task']
  }
  for (const [name, column] of Object.entries(similarity ?? {})) {
    const path = ['similarity', name]
    if (column.length !== similarity?.value.length) return [path, 'length differs']
    if (name !== 'value' && !areIndices(column, tasks)) return [path, 'names no task']
  }
  return undefined
}

function areIndices(places: readonly number[], { length }: readonly unknown[]): boolean {
  return places.every((place) => place >= 0 && place < length)
}
