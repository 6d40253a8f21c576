// Which task types and models are new. Known is what the snapshot has that this replica serves, and what it has let in
// within the last one to two days: what was let in becomes part of the snapshot only with a tick.
import {
  learnedTaskType,
  type ModelLevel,
  modelLevelKey,
  readOutcome,
  type Snapshot,
  UNKNOWN_PROVIDER,
} from '@winrate/shared-schema/contracts'

/** What an outcome would add to the names that are learned. */
export interface NewNames {
  readonly taskTypesPerDay: readonly string[]
  readonly modelsPerDay: readonly string[]
}

export interface KnownNamesDependencies {
  /** What this replica serves. */
  readonly readSnapshot: () => Snapshot | undefined
  /** What a model's outcomes count under. */
  readonly nameOf: (given: { modelName: string; provider: string }) => {
    readonly modelName: string
    readonly provider: string
  }
  readonly nowMs: () => number
}

const none: NewNames = { taskTypesPerDay: [], modelsPerDay: [] }
const DAY_MS = 86_400_000

export function createKnownNames({ readSnapshot, nameOf, nowMs }: KnownNamesDependencies) {
  let snapshot: Snapshot | undefined
  let served = namesOf(undefined)
  let today = new Set<string>()
  let yesterday = new Set<string>()
  let beganMs = nowMs()

  function refresh(): void {
    const newest = readSnapshot()
    if (newest !== snapshot) {
      snapshot = newest
      served = namesOf(newest)
    }
    const passedMs = nowMs() - beganMs
    if (passedMs < DAY_MS) return
    yesterday = passedMs < 2 * DAY_MS ? today : new Set()
    today = new Set()
    beganMs = nowMs()
  }

  const isNew = (name: string) => !served.has(name) && !today.has(name) && !yesterday.has(name)
  const named = (modelName: string, provider = UNKNOWN_PROVIDER) => nameOf({ modelName, provider })
  const isOfKnownModels = (after = '') =>
    after.split(',').every((name) => !isNew(ofName(named(name).modelName)))

  return {
    /** Takes what this replica serves now as known. */
    refresh,
    /** Of an outcome as it was sent; nothing where ingest will reject it. */
    newIn(given: unknown): NewNames {
      if (typeof given !== 'object' || given === null) return none
      const { outcome } = readOutcome({ ...given, instance_id: 'any' })
      if (outcome === undefined) return none
      const { task_type: taskType, after, model_name: modelName, provider } = outcome
      const model = { ...named(modelName, provider), thinkingLevel: outcome.thinking_level }
      // What a model does after others have failed is learned apart. Routers name models that there are.
      const learned = isOfKnownModels(after) ? taskType : learnedTaskType(taskType, after)
      return {
        taskTypesPerDay: [...new Set([taskType, learned])].map(ofTask).filter(isNew),
        modelsPerDay: [ofModel(model)].filter(isNew),
      }
    },
    /** They are known from now on. */
    letIn({ taskTypesPerDay, modelsPerDay }: NewNames): void {
      for (const name of taskTypesPerDay) today.add(name)
      for (const name of modelsPerDay) today.add(name)
    },
  }
}

function namesOf(snapshot: Snapshot | undefined): ReadonlySet<string> {
  const names = new Set<string>()
  if (snapshot === undefined) return names
  const { tasks, paths = [], splits = [], models } = snapshot
  for (const taskType of [...tasks, ...paths, ...splits]) names.add(ofTask(taskType))
  for (const { name, ...model } of models) {
    names.add(ofName(name))
    names.add(ofModel({ ...model, modelName: name }))
  }
  return names
}

/** No name of a model has a control character, so that the kinds never meet. */
const ofTask = (taskType: string) => `task\u0001${taskType}`
const ofName = (modelName: string) => `name\u0001${modelName}`
const ofModel = (model: ModelLevel) => `model\u0001${modelLevelKey(model)}`
