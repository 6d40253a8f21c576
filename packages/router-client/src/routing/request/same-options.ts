// Whether options say what other options said that were parsed before: by their contents, never by
// identity alone, as a caller may change an object and pass it again. Reads what the parser reads, so what
// is the same here would be parsed alike. Throws only what hostile getters throw.
import type { Preference } from '@winrate/shared-schema/scoring'
import { isRecord } from '../../runtime/unknown-value.ts'
import type { CandidateInput } from '../table/candidate.ts'
import { type Exclusion, parseSessionKey, type RouteOptions } from './route-options.ts'

const nothing: Readonly<Record<string, unknown>> = {}

/** @param was Options without problems. Session keys need not be the same. */
export function saysTheSame(value: unknown, was: Omit<RouteOptions, 'sessionKey'>): boolean {
  const given = value ?? nothing
  return (
    isRecord(given) &&
    same(given['maxCostUsdPerMTokens'], was.maxCostUsdPerMTokens) &&
    same(given['thinkingLevel'], was.thinkingLevel) &&
    same(given['risk'], was.risk) &&
    same(given['tools'], was.tools) &&
    isSessionKeyOrNone(given['sessionKey']) &&
    isSamePreference(given['prefer'], was.prefer) &&
    isSameList(given['exclude'], was.exclude, isSameExclusion) &&
    isSameList(given['candidates'], was.candidates, isSameCandidate) &&
    hasOnlyOptions(given)
  )
}

function hasOnlyOptions(given: object): boolean {
  for (const name in given) {
    switch (name) {
      case 'prefer':
      case 'candidates':
      case 'exclude':
      case 'maxCostUsdPerMTokens':
      case 'thinkingLevel':
      case 'risk':
      case 'sessionKey':
      case 'tools':
        break
      default:
        return false
    }
  }
  return true
}

function same(given: unknown, was: unknown): boolean {
  return given === was || (given === null && was === undefined)
}

function isSessionKeyOrNone(given: unknown): boolean {
  return given === undefined || given === null || parseSessionKey(given) !== undefined
}

function isSamePreference(given: unknown, was: Preference | undefined): boolean {
  if (typeof was !== 'object') return same(given, was)
  return (
    isRecord(given) &&
    given['winRate'] === was.winRate &&
    given['cost'] === was.cost &&
    given['speed'] === was.speed
  )
}

function isSameList<T>(
  given: unknown,
  was: readonly T[] | undefined,
  isSame: (given: unknown, was: T) => boolean,
): boolean {
  if (was === undefined) return given === undefined || given === null
  if (!Array.isArray(given) || given.length !== was.length) return false
  for (let at = 0; at < was.length; at += 1) {
    const entry = was[at]
    if (entry === undefined || !isSame(given[at], entry)) return false
  }
  return true
}

function isSameCandidate(given: unknown, was: CandidateInput): boolean {
  if (typeof was === 'string') return given === was
  return (
    isRecord(given) &&
    given['model'] === was.model &&
    same(given['provider'], was.provider) &&
    same(given['thinkingLevel'], was.thinkingLevel)
  )
}

function isSameExclusion(given: unknown, was: Exclusion): boolean {
  if (typeof was === 'string') return given === was
  return isRecord(given) && same(given['model'], was.model) && same(given['provider'], was.provider)
}
