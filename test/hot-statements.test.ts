// Compiling a statement (JIT) takes seconds, under whatever locks it holds. Foreign producers and operators call our
// functions in sessions of their own, so the functions themselves turn it off.
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createLogger } from '../packages/central-worker/src/observability/create-logger.ts'
import { createPool } from '../packages/central-worker/src/postgres/create-pool.ts'
import { createTestDatabase } from './support/test-database.ts'

const database = await createTestDatabase()

interface StoredFunction {
  readonly name: string
  readonly language: string
  readonly source: string
  readonly settings: readonly string[]
}

const touchesTables =
  /\b(?:from|join|into|update|table|only|using)\s+(?:(?:winrate|pgmq)\.\w+(?!\w|\()|winrate\.%I)/i
const namesOf = (text: string) => [...text.matchAll(/winrate\.(\w+)\(/g)].map((match) => match[1])

/** The functions that something else than another function names: TypeScript, triggers and rights. */
function namedOutside(): ReadonlySet<string | undefined> {
  const roots = [
    'packages/central-worker/src',
    'packages/router-client/src',
    'drizzle/triggers',
    'drizzle/access',
  ]
  const texts = roots.flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(?:ts|sql)$/.test(file) && !file.endsWith('.test.ts'))
      .map((file) => readFileSync(`${root}/${file}`, 'utf8')),
  )
  return new Set(texts.flatMap(namesOf))
}

test('no statement of a stored function is ever compiled', async () => {
  const functions = await database.rows<StoredFunction & { [column: string]: unknown }>(`
    select proname as name, lanname as language, prosrc as source, coalesce(proconfig, '{}') as settings
    from pg_proc join pg_language as language on language.oid = prolang
    where pronamespace = 'winrate'::regnamespace and prokind = 'f'`)
  const outside = namedOutside()
  const callersOf = (name: string) =>
    functions.filter((each) => each.name !== name && namesOf(each.source).includes(name))
  const isCompiled = ({ name, language, source, settings }: StoredFunction): boolean => {
    if (settings.includes('jit=off') || !touchesTables.test(source)) return false
    // With a setting, Postgres would not inline it: it runs under the settings of its callers.
    const callers = callersOf(name)
    return (
      language !== 'sql' || outside.has(name) || callers.length === 0 || callers.some(isCompiled)
    )
  }
  expect(functions.filter(({ source }) => touchesTables.test(source)).length).toBeGreaterThan(15)
  expect(functions.filter(isCompiled).map(({ name }) => name)).toEqual([])
})

test("nor is any of the worker's own statements", async () => {
  const logger = createLogger('silent')
  const pool = createPool({ connectionString: database.url, size: 1, logger })
  expect((await pool.query('show jit')).rows).toEqual([{ jit: 'off' }])
  await pool.end()
})
