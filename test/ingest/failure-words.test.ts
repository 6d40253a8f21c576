// A failure counts against the model only if it is the model's. TypeScript (contracts/outcome/failure-kind.ts) tells that
// for the client, SQL (winrate.failure_kind) for what is learned: both must tell it alike, for any word.
import { failureKind, failureWords, shortenFailure } from '@winrate/shared-schema/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { failureExamples } from '../../packages/shared-schema/src/contracts/outcome/testing/failure-examples.ts'
import { createTestDatabase } from '../support/test-database.ts'

const database = await createTestDatabase()

async function kindsInSql(words: readonly string[]): Promise<(string | null)[]> {
  const { rows } = await database.pool.query<{ kind: string | null }>(
    'select winrate.failure_kind(word) as kind from unnest($1::text[]) with ordinality as given (word, place) order by place',
    [words],
  )
  return rows.map(({ kind }) => kind)
}

async function expectAgreement(words: readonly string[]): Promise<void> {
  const kinds = await kindsInSql(words)
  expect(words.map((word, at) => [word, kinds[at]])).toEqual(
    words.map((word) => [word, failureKind(word) ?? 'quality']),
  )
}

test('both know the same words', async () => {
  const listed = Object.values(failureWords).flatMap((words) => [...words])
  await expectAgreement(listed)
  // A word that is unknown to one of them shows beside one that decides.
  await expectAgreement(listed.map((word) => `timeout ${word}`))
  await expectAgreement(listed.map((word) => `cancelled ${word}`))
})

test('both take the words of callers alike', async () => {
  const examples = Object.values(failureExamples).flat()
  await expectAgreement(examples)
  await expectAgreement(examples.map((word) => word.toUpperCase()))
  await expectAgreement(examples.map((word) => word.replaceAll(/\W/g, '-')))
})

test('both shorten a sentence to what is of its kind', async () => {
  const sentences = [
    'The engine is currently overloaded, please try again later',
    'timeout of the connection to the server: gremlins',
    'The server has closed the connection to the host',
    'wrong answer: the tests of the parser have found 3 errors',
    `${'x'.repeat(39)}\u{1F600}\u{1F600}`,
  ]
  const { rows } = await database.pool.query<{ short: string }>(
    "select winrate.tidy_failure(to_jsonb(text), 'false') #>> '{}' as short from unnest($1::text[]) with ordinality as given (text, place) order by place",
    [sentences],
  )
  expect(rows.map(({ short }) => short)).toEqual(sentences.map(shortenFailure))
  expect(sentences.map((text) => failureKind(shortenFailure(text)) ?? 'quality')).toEqual(
    sentences.map((text) => failureKind(text) ?? 'quality'),
  )
})

test('both take any text alike', async () => {
  const known = Object.values(failureWords).flatMap((words) => [...words])
  const part = fc.oneof(
    fc.constantFrom(
      ...known,
      'Error',
      'HTTP',
      '429',
      '404',
      '4xx',
      'İ',
      'ſ',
      'K',
      '１',
      'x',
      'é',
      '\n',
    ),
    fc.string({ unit: 'grapheme', maxLength: 4 }),
  )
  const separator = fc.constantFrom('', ' ', '_', '-', ': ', '  ')
  const text = fc
    .tuple(fc.array(part, { maxLength: 5 }), separator, fc.boolean())
    .map(([parts, between, isUpper]) => {
      const joined = parts.join(between).replaceAll('\0', '')
      return isUpper ? joined.toUpperCase() : joined
    })
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 50, maxLength: 100 }), expectAgreement),
    { numRuns: 40 },
  )
})
