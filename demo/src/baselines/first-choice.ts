import { defaultWinRates } from '@winrate/shared-schema/contracts'
import type { Query } from '../data/collect-queries.ts'
import { type ModelKey, modelKey, type PreferenceOrder } from './preference-order.ts'

/**
 * The models of the published data that represent a catalogue key, newest first. They were chosen by name and
 * age before any measurement, not by their results here.
 */
const families: Readonly<Record<string, PreferenceOrder>> = {
  'claude-opus': ['anthropic/claude-3-opus-20240229'],
  'claude-sonnet': [
    'anthropic/claude-sonnet-4.5',
    'anthropic/claude-sonnet-4',
    'anthropic/claude-3.7-sonnet',
    'anthropic/claude-3-5-sonnet-20241022',
    'anthropic/claude-3-5-sonnet-20240620',
    'anthropic/claude-3.5-sonnet-20240620',
    'anthropic/claude-3.5-sonnet',
    'anthropic/claude-3-sonnet-20240229',
  ],
  codex: ['openai/gpt-5-codex', 'openai/codex-mini'],
  'gpt-4o': ['openai/gpt-4o-2024-08-06', 'openai/gpt-4o-2024-05-13', 'openai/gpt-4o'],
  'gpt-4o-mini': ['openai/gpt-4o-mini-2024-07-18', 'openai/gpt-4o-mini'],
}

/** The general choice for task types without default win rates. */
const generalKeys = ['claude-opus', 'claude-sonnet']

/**
 * The fixed first choice for a task type: the models that represent the built-in defaults, best default first,
 * as far as the data has them. After these comes the model with the most outcomes of the type.
 */
export function firstChoice(taskType: string, queries: readonly Query[]): PreferenceOrder {
  const outcomes = countOutcomes(queries)
  const named = defaultKeys(taskType).flatMap((key) => families[key] ?? [])
  const present = named.filter((model) => outcomes.has(model))
  const frequent = mostFrequent(outcomes)
  return [...new Set(frequent === undefined ? present : [...present, frequent])]
}

function defaultKeys(taskType: string): readonly string[] {
  const defaults = Object.hasOwn(defaultWinRates, taskType) ? defaultWinRates[taskType] : undefined
  if (defaults === undefined) return generalKeys
  return Object.entries(defaults)
    .sort(([, one], [, other]) => other - one)
    .map(([key]) => key)
}

function countOutcomes(queries: readonly Query[]): Map<ModelKey, number> {
  const outcomes = new Map<ModelKey, number>()
  for (const { candidates } of queries) {
    for (const candidate of candidates) {
      const model = modelKey(candidate)
      outcomes.set(model, (outcomes.get(model) ?? 0) + 1)
    }
  }
  return outcomes
}

function mostFrequent(outcomes: ReadonlyMap<ModelKey, number>): ModelKey | undefined {
  const byCount = [...outcomes].sort(
    ([one, count], [other, otherCount]) => otherCount - count || (one < other ? -1 : 1),
  )
  return byCount[0]?.[0]
}
