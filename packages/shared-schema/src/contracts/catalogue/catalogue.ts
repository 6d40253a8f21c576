import { list, object, record } from '../../schema/objects.ts'
import type { Infer } from '../../schema/schema.ts'
import { boolean, integer, number, pattern, text } from '../../schema/values.ts'
import { controlCharacter } from '../names/cell-name.ts'
import { limits } from '../names/limits.ts'
import { findUpwards, taskTypeSchema } from '../names/task-type.ts'

const name = (maxChars: number) =>
  text(1, maxChars).check((name) =>
    controlCharacter.test(name) ? 'must not contain control characters' : undefined,
  )

/** List prices in US dollars per million tokens. */
const prices = {
  /** Of input tokens. */
  inputUsdPerMTokens: number(0).optional(),
  /** Of output tokens, those of reasoning included. */
  outputUsdPerMTokens: number(0).optional(),
  /** Of input tokens that the provider read from its cache. Unknown means the price of input. */
  cacheReadUsdPerMTokens: number(0).optional(),
  /** Of input tokens that the provider wrote to its cache. Unknown means the price of input. */
  cacheWriteUsdPerMTokens: number(0).optional(),
}

export const listPrices = {
  ...prices,
  /** Prices of all tokens of a request with more input tokens than `aboveTokens`; the others stay as they are. */
  longContext: list(object({ aboveTokens: integer(1), ...prices })).optional(),
}

/** The prices alone, of what has more. */
export const listPricesSchema = object(listPrices)

const date = pattern(/^\d{4}-\d{2}-\d{2}$/, 'a day, YYYY-MM-DD')

/** What is known about a model besides its win rates. */
export const catalogueEntrySchema = object({
  /** The name that win rates are kept under. */
  key: name(limits.modelNameChars),
  provider: name(limits.providerChars),
  /** The API that serves the model, where its name is not the provider's: `openai` for the provider `codex`. */
  api: name(limits.providerChars).optional(),
  /** The provider's own id of the model, for calls. */
  model: name(limits.modelNameChars),
  /** Other names of the same model, under which outcomes arrive: a deployment's, or a dated id. */
  aliases: list(name(limits.modelNameChars)).optional(),
  ...listPrices,
  /** The day that the prices were looked up. */
  pricedAt: date.optional(),
  /** Largest number of tokens that a request may have. */
  contextTokens: integer(1).optional(),
  /** Largest number of tokens that an answer may have. */
  maxOutputTokens: integer(1).optional(),
  /** Whether answers can be held to a schema. */
  structuredOutput: boolean().optional(),
  /** The day from which the provider no longer serves the model. */
  deprecatedAt: date.optional(),
  /** Whether images are accepted. Unknown means yes. */
  images: boolean().optional(),
  /** Whether tools can be called. Unknown means yes. */
  tools: boolean().optional(),
  thinkingLevels: list(name(limits.thinkingLevelChars)).optional(),
})

export const catalogueSchema = list(catalogueEntrySchema)

export type CatalogueEntry = Infer<typeof catalogueEntrySchema>

/** Default win rates by task type, then by catalogue key. */
export const defaultWinRatesSchema = record(
  taskTypeSchema,
  record(name(limits.modelNameChars), number(0, 1)),
)

export type DefaultWinRates = Infer<typeof defaultWinRatesSchema>

/** Layers of defaults, the one that overrides all others last. Looked up in place, however long they are. */
export type DefaultLayers = readonly DefaultWinRates[]

/** The default of a model at a task type, else at what that lies in; undefined where it has none. */
export function findDefaultWinRate(
  layers: DefaultLayers,
  taskType: string,
  modelName: string,
): number | undefined {
  return findUpwards(taskType, (at) => defaultAt(layers, at, modelName))
}

/** The default of a model at exactly this task type. */
export function defaultAt(
  layers: DefaultLayers,
  taskType: string,
  modelName: string,
): number | undefined {
  for (let at = layers.length - 1; at >= 0; at -= 1) {
    const row = rowOf(layers[at], taskType)
    if (row !== undefined && Object.hasOwn(row, modelName)) return row[modelName]
  }
  return undefined
}

/** Whether any model has a default at a task type, or at what that lies in. */
export function hasDefaults(layers: DefaultLayers, taskType: string): boolean {
  return findUpwards(taskType, (at) => layers.find((layer) => rowOf(layer, at))) !== undefined
}

function rowOf(layer: DefaultWinRates | undefined, taskType: string) {
  return layer !== undefined && Object.hasOwn(layer, taskType) ? layer[taskType] : undefined
}
