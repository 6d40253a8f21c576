// No way of failing shows a password or a token, neither on the terminal nor in the log.
import { expect, test } from 'vitest'
import { createTestDatabase } from './support/test-database.ts'
import { runWorkerCommand } from './support/worker-process.ts'

const database = await createTestDatabase()
const SECRET = 'ZqSecretZq'

/** The test server's address with another user or database. */
function urlWith(
  change: Partial<Pick<URL, 'username' | 'password' | 'pathname' | 'host'>>,
): string {
  return Object.assign(new URL(database.url), { username: 'nobody', password: SECRET }, change).href
}

test.each([
  ['no server', ['start'], { DATABASE_URL: `postgres://u:${SECRET}@127.0.0.1:1/x` }],
  ['no such user or database', ['start'], { DATABASE_URL: urlWith({ pathname: '/nosuch' }) }],
  ['no such host', ['doctor'], { DATABASE_URL: `postgres://u:${SECRET}@nosuch.invalid/x` }],
  [
    'a password in a parameter',
    ['status'],
    { DATABASE_URL: `postgres://u@h/x?password=${SECRET}&a=1` },
  ],
  ['no URL', ['status'], { DATABASE_URL: `${SECRET} is no URL` }],
  [
    'a Redis that refuses',
    ['doctor'],
    { DATABASE_URL: database.url, REDIS_URL: `redis://u:${SECRET}@127.0.0.1:1` },
  ],
  ['a token that is too short', ['start'], { WINRATE_ADMIN_TOKEN: SECRET }],
  ['a variable that is misspelt', ['start'], { WINRATE_ADMIN_TOKN: `${SECRET}0123456789` }],
  ['a reference secret that is too short', ['start'], { WINRATE_REFERENCE_SECRET: SECRET }],
])('%s', async (_, command, environment) => {
  const { exitCode, stdout, stderr } = await runWorkerCommand(command, {
    WINRATE_LOG_LEVEL: 'trace',
    ...environment,
  })
  expect(exitCode).toBeGreaterThan(0)
  expect(stdout + stderr).not.toContain(SECRET)
  expect(stdout + stderr).not.toBe('')
})
