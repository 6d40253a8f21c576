// Checks of options. Each problem is a sentence that names the function and the option.

import type { Agent } from 'node:http'
import { controlCharacter, LEAST_SECRET_CHARS, suggestName } from '@winrate/shared-schema/contracts'
import { MAX_TIMER_MS } from './clock.ts'
import { toSafeText } from './unknown-value.ts'

/** An option that does not exist has no effect: most are misspelt. */
export function unknownProblems<Options extends object>(
  name: string,
  options: Options,
  known: Readonly<Record<keyof Options, true>>,
): string[] {
  return Object.keys(options)
    .filter((option) => !Object.hasOwn(known, option))
    .map(
      (option) => `${name}: ${option} is not an option${suggestName(option, Object.keys(known))}`,
    )
}

/** A duration must be positive: zero would spin. */
export function durationProblems(name: string, durations: Record<string, unknown>): string[] {
  return Object.entries(durations)
    .filter(([, value]) => value !== undefined && !isDuration(value))
    .map(([option]) => `${name}: ${option} must be above 0 and at most ${MAX_TIMER_MS}`)
}

export function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= MAX_TIMER_MS
}

/**
 * An `Agent` of node:http or node:https: what they have in common with those of other packages. Stated here, so that a
 * project without the types of Node can use this package.
 */
export interface HttpAgent {
  readonly maxSockets: number
  destroy(): void
}

export function isAgent(agent: unknown): agent is Agent {
  return typeof agent === 'object' && agent !== null && 'addRequest' in agent
}

/** An agent of node:http, node:https or a package that derives from them. */
export function agentProblems(name: string, agent: unknown): string[] {
  if (agent === undefined) return []
  return isAgent(agent) ? [] : [`${name}: agent must be an Agent of node:http or node:https`]
}

export function isName(value: unknown, maxChars: number): value is string {
  if (typeof value !== 'string' || value === '' || value.length > maxChars) return false
  return toSafeText(value) === value && !controlCharacter.test(value)
}

export function isSecrets(given: readonly unknown[]): boolean {
  const isSecret = (one: unknown) => typeof one === 'string' && one.length >= LEAST_SECRET_CHARS
  return given.length > 0 && given.every(isSecret)
}

export function hasMethods(value: unknown, names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => typeof Reflect.get(value, name) === 'function')
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Whether `text` is an absolute http or https address. */
export function isHttpUrl(text: unknown): text is string {
  if (typeof text !== 'string' || !URL.canParse(text)) return false
  return /^https?:$/.test(new URL(text).protocol)
}
