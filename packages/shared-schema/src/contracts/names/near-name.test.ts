import { expect, test } from 'vitest'
import { findNearName, suggestName } from './near-name.ts'

const known = ['costUsd', 'qualityScore', 'responseTimeMs', 'success', 'exclude', 'candidates']

test.each([
  ['cost', 'costUsd'],
  ['cost_usd', 'costUsd'],
  ['COSTUSD', 'costUsd'],
  ['quality_score', 'qualityScore'],
  ['quality', 'qualityScore'],
  ['responseTime', 'responseTimeMs'],
  ['sucess', 'success'],
  ['succes', 'success'],
  ['exlcude', 'exclude'],
  ['candidate', 'candidates'],
])('%s means %s', (name, meant) => {
  expect(findNearName(name, known)).toBe(meant)
  expect(suggestName(name, known)).toBe(` (did you mean ${meant}?)`)
})

test.each(['', '_', 'temperature', 'x', 'co', 'c'.repeat(10_000)])('%.20s means none', (name) => {
  expect(findNearName(name, known)).toBeUndefined()
  expect(suggestName(name, known)).toBe('')
})
