import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { dumpSchema } from './support/dump-schema.ts'
import { createTestDatabase } from './support/test-database.ts'

const database = await createTestDatabase()

test('drizzle/schema.txt says what a fresh database looks like; "npm run db:schema" writes it', async () => {
  const heading = '# The database after "npx winrate migrate". Written by: npm run db:schema'
  const lines = [heading, '', ...(await dumpSchema(database)), '']
  await expect(lines.join('\n')).toMatchFileSnapshot('../drizzle/schema.txt')
})

test('each file under drizzle/functions makes the one function of its name', async () => {
  const files = readdirSync(new URL('../drizzle/functions', import.meta.url), {
    recursive: true,
    encoding: 'utf8',
  })
  const named = files
    .filter((name) => name.endsWith('.sql'))
    .map((name) => name.replace(/^.*\/|\.sql$/g, ''))
  const found = await database.rows<{ name: string }>(
    `select proname as name from pg_proc where pronamespace = 'winrate'::regnamespace`,
  )
  expect(found.map(({ name }) => name).sort()).toEqual(named.sort())
})
