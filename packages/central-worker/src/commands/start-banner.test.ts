import { expect, test } from 'vitest'
import { parseConfig } from '../config/config.ts'
import { startBanner } from './start-banner.ts'

const url = 'http://127.0.0.1:8787'

test('it names the address, the data, what to try and how to stop', () => {
  const banner = startBanner(parseConfig({ WINRATE_DATA_DIR: '/data/winrate' }), url)
  for (const part of [
    `address    ${url}`,
    `dashboard  ${url}/ui/`,
    'data       /data/winrate (kept)',
    `WINRATE_URL=${url} node examples/agent.mjs`,
    `curl ${url}/v1/metrics`,
    'WINRATE_DATA_DIR=/data/winrate npx winrate status',
    'Ctrl-C',
  ]) {
    expect(banner).toContain(part)
  }
})

test('it shows no secret', () => {
  const banner = startBanner(
    parseConfig({
      DATABASE_URL: 'postgres://agent:secret-1@db:5432/fleet?application_name=secret-2',
      REDIS_URL: 'redis://:secret-3@redis:6379',
      WINRATE_PUBLISH_TOKEN: 'secret-4-and-long',
      WINRATE_READ_TOKEN: 'secret-5-and-long',
      WINRATE_ADMIN_TOKEN: 'secret-6-and-long',
    }),
    url,
  )
  expect(banner).toContain('data       Postgres at db:5432/fleet')
  expect(banner).toContain('-H "authorization: Bearer READ_TOKEN"')
  expect(banner).not.toMatch(/secret|agent:/)
})
