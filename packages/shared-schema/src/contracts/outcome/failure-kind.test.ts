// test/ingest/failure-words.test.ts holds SQL to the same words.
import { expect, test } from 'vitest'
import { failureKind } from './failure-kind.ts'
import { failureExamples } from './testing/failure-examples.ts'

test.each(Object.entries(failureExamples))('%s', (kind, words) => {
  const kinds = words.map((word) => [word, failureKind(word) ?? 'unknown'])
  expect(kinds).toEqual(words.map((word) => [word, kind]))
})

test('case and what separates the words do not matter', () => {
  for (const word of ['rate limit', 'rate-limit', 'RATE_LIMIT', ' Rate.Limit! ', 'rateLimit']) {
    expect([word, failureKind(word)]).toEqual([word, 'transport'])
  }
})
