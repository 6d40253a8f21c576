// test/ingest/failure-words.test.ts holds SQL to the same words.
import { expect, test } from 'vitest'
import { failureKind, failureWords, unavailability } from './failure-kind.ts'
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

test('of configuration, it is told whether the provider refuses the caller, lacks the model, or blames the request', () => {
  const told = (words: readonly (string | number)[]) =>
    words.map((word) => unavailability(String(word)))
  const refused = [401, 402, 407, 'invalid api key', 'insufficient_credits', 'AuthenticationError']
  expect(new Set(told(refused))).toEqual(new Set(['refused']))
  const missing = [
    403,
    404,
    410,
    'model_not_found',
    'NotFoundError',
    'PermissionDeniedError',
    'retired',
  ]
  expect(new Set(told(missing))).toEqual(new Set(['missing']))
  expect(new Set(told([429, 503, 'timeout', 'ECONNREFUSED']))).toEqual(new Set(['transport']))
  const requests = [
    400,
    413,
    422,
    'bad request',
    'unsupported parameter',
    'cancelled',
    'refusal',
    'x',
  ]
  expect(new Set(told(requests))).toEqual(new Set([undefined]))
})

test('each word of configuration says one of the three', () => {
  const ofRequest = [...failureWords.configuration].filter(
    (word) => unavailability(word) === undefined,
  )
  expect(ofRequest).toEqual(
    'argument badrequest config configuration invalidrequest misconfigured precondition request supported unimplemented unprocessable unrecognized unsupported'.split(
      ' ',
    ),
  )
})
