import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { ConfigError, parseConfig, variables } from './config.ts'

const operations = readFileSync(
  fileURLToPath(new URL('../../../../docs/operations.md', import.meta.url)),
  'utf8',
)

function mistakesOf(environment: NodeJS.ProcessEnv): string[] {
  try {
    parseConfig(environment)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message.split('\n').slice(1)
  }
}

test('an empty environment is a whole configuration', () => {
  expect(parseConfig({})).toMatchObject({
    databaseUrl: undefined,
    host: '127.0.0.1',
    port: 8787,
    portIsDefault: true,
    aggregationIntervalMs: 60_000,
    windowDays: 7,
    retentionDays: 30,
    policy: { kind: 'thompson', sharpness: 2, exploration: 0.005 },
    qualityWeight: 0.2,
    confidence: { slope: 0.01, midpoint: 50, floor: 5 },
  })
})

test('a data folder is told from the current one, because the server has another', () => {
  expect(parseConfig({ WINRATE_DATA_DIR: 'data' }).dataDir).toBe(resolve('data'))
})

test('an empty variable is one that is not set', () => {
  expect(parseConfig({ REDIS_URL: '', WINRATE_PORT: '' })).toMatchObject({
    redisUrl: undefined,
    portIsDefault: true,
  })
})

test('every mistake is reported, each with its variable', () => {
  const mistakes = mistakesOf({
    DATABASE_URL: 'http://x',
    WINRATE_PORT: 'many',
    WINRATE_POLICY_EXPLORATION: '1.5',
    WINRATE_MIGRATE_ON_START: 'yes',
    WINRATE_READ_TOKEN: 'short',
    WINRATE_PROT: '1',
  })
  expect(mistakes.map((mistake) => mistake.trim().split(':')[0]).sort()).toEqual([
    'DATABASE_URL',
    'WINRATE_MIGRATE_ON_START',
    'WINRATE_POLICY_EXPLORATION',
    'WINRATE_PORT',
    'WINRATE_PROT',
    'WINRATE_READ_TOKEN',
  ])
})

test('a retention shorter than the window is refused', () => {
  expect(mistakesOf({ WINRATE_RETENTION_DAYS: '3' })).toEqual([
    expect.stringContaining('WINRATE_RETENTION_DAYS'),
  ])
})

test('feedback needs secrets that nobody finds and origins as browsers write them', () => {
  const secret = 'a secret of more than thirty-two characters'
  const origins = 'https://a.example, http://localhost:3000'
  expect(
    parseConfig({
      ...{ WINRATE_REFERENCE_SECRET: `${secret},${secret}2`, WINRATE_FEEDBACK_ORIGINS: origins },
      ...{ WINRATE_FEEDBACK_DAYS: '40', WINRATE_PROXY_HOPS: '1' },
    }).feedback,
  ).toEqual({
    secrets: [secret, `${secret}2`],
    origins: ['https://a.example', 'http://localhost:3000'],
    ...{ days: 30, proxyHops: 1 },
  })
  const short = { WINRATE_REFERENCE_SECRET: 'x'.repeat(31) }
  expect(mistakesOf(short)).toEqual([expect.stringContaining('at least 32')])
  for (const wrong of [
    'a.example',
    'https://a.example/',
    'https://a.example/path',
    'https://A.b',
  ]) {
    expect(mistakesOf({ WINRATE_FEEDBACK_ORIGINS: wrong }), wrong).toHaveLength(1)
  }
})

test('a pool that leaves too few connections beside ingest is refused', () => {
  const consumers = { WINRATE_INGEST_CONSUMERS: '9' }
  expect(mistakesOf({ ...consumers, WINRATE_POOL_SIZE: '10' })).toEqual([
    expect.stringContaining('WINRATE_POOL_SIZE'),
  ])
  expect(parseConfig({ ...consumers, WINRATE_POOL_SIZE: '11' }).poolSize).toBe(11)
})

test.each(['0.0.0.0', '::', '10.1.2.3', 'example.org'])('%s needs all three tokens', (host) => {
  expect(mistakesOf({ WINRATE_HOST: host })).toHaveLength(3)
  const token = 'a-token-of-enough-length'
  const tokens = {
    WINRATE_PUBLISH_TOKEN: token,
    WINRATE_READ_TOKEN: `${token},another-token-0123456`,
    WINRATE_ADMIN_TOKEN: token,
  }
  expect(parseConfig({ WINRATE_HOST: host, ...tokens }).tokens.read).toHaveLength(2)
})

test.each(['localhost', '127.0.0.1', '127.1.2.3', '::1'])('%s needs no token', (host) => {
  expect(mistakesOf({ WINRATE_HOST: host })).toEqual([])
})

test("the operator's files are read and checked", () => {
  const folder = mkdtempSync(join(tmpdir(), 'winrate-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = (name: string, content: string) => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }
  const config = parseConfig({
    WINRATE_DEFAULTS_FILE: file('defaults.json', '{"coding":{"mine":0.7}}'),
    WINRATE_CATALOGUE_FILE: file(
      'catalogue.json',
      '[{"key":"mine","provider":"me","model":"mine-1"}]',
    ),
  })
  expect(config.defaults).toEqual({ coding: { mine: 0.7 } })
  expect(config.catalogue).toHaveLength(1)
  expect(
    mistakesOf({ WINRATE_DEFAULTS_FILE: file('wrong.json', '{"coding":{"mine":7}}') }),
  ).toEqual([expect.stringContaining('coding.mine')])
  expect(mistakesOf({ WINRATE_CATALOGUE_FILE: file('broken.json', '[{') })).toHaveLength(1)
})

test('exploration has a default for each policy, and is what was set', () => {
  expect(parseConfig({ WINRATE_POLICY: 'threshold' }).policy).toEqual({
    kind: 'threshold',
    exploration: 0.05,
  })
  expect(
    parseConfig({ WINRATE_POLICY: 'threshold', WINRATE_POLICY_EXPLORATION: '0' }).policy,
  ).toEqual({ kind: 'threshold', exploration: 0 })
  expect(parseConfig({ WINRATE_POLICY_EXPLORATION: '0' }).policy).toMatchObject({
    kind: 'thompson',
    exploration: 0,
  })
  expect(mistakesOf({ WINRATE_POLICY: 'greedy' })).toEqual([
    expect.stringContaining('WINRATE_POLICY'),
  ])
})

test('a policy file is a whole policy, with defaults and overrides by task type', () => {
  const folder = mkdtempSync(join(tmpdir(), 'winrate-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'policy.json')
  const withPolicy = (policy: object, environment: NodeJS.ProcessEnv = {}) => {
    writeFileSync(path, JSON.stringify(policy))
    return { WINRATE_POLICY_FILE: path, ...environment }
  }
  const tasks = { chat: { kind: 'threshold', exploration: 0 }, mine: { kind: 'thompson' } }
  expect(parseConfig(withPolicy({ kind: 'thompson', priorMass: 20, tasks })).policy).toMatchObject({
    kind: 'thompson',
    priorMass: 20,
    exploration: 0.005,
    tasks: { chat: tasks.chat, mine: { kind: 'thompson', sharpness: 2 } },
  })
  for (const wrong of [
    { kind: 'thomson' },
    { kind: 'thompson', priormass: 20 },
    { kind: 'threshold', exploration: 5 },
    { kind: 'thompson', tasks: { chat: { kind: 'greedy' } } },
    { kind: 'thompson', tasks: { 'No Task': { kind: 'thompson' } } },
  ]) {
    expect(mistakesOf(withPolicy(wrong)), JSON.stringify(wrong)).toEqual([
      expect.stringContaining('WINRATE_POLICY_FILE'),
    ])
  }
  const beside = { WINRATE_POLICY: 'thompson', WINRATE_POLICY_EXPLORATION: '0.1' }
  expect(mistakesOf(withPolicy({ kind: 'thompson' }, beside))).toEqual([
    expect.stringContaining('WINRATE_POLICY: must not be set beside'),
    expect.stringContaining('WINRATE_POLICY_EXPLORATION: must not be set beside'),
  ])
})

test('docs/operations.md names every variable, and its default where it is one value', () => {
  const documented = [...operations.matchAll(/^\| `([A-Z_]+)` +\| (.*?) +\|/gm)]
  expect(documented.map(([, name]) => name)).toEqual(variables.map(({ name }) => name))
  for (const [at, variable] of variables.entries()) {
    if (variable.default === undefined || Array.isArray(variable.default)) continue
    const shown = documented[at]?.[2]?.replaceAll('`', '')
    expect(shown, variable.name).toBe(String(variable.default))
  }
})

test('docs/operations.md names every log message and every metric, and none besides', () => {
  const sources = sourceFiles().map((path) => readFileSync(path, 'utf8'))
  const logged = new Set(
    sources.flatMap((source) =>
      [
        ...source.matchAll(
          /logger\??\s*\.(?:debug|info|warn|error|fatal)\([^']*?'([a-z]+(?:-[a-z]+)+)'\s*\)/g,
        ),
      ].map((match) => match[1]),
    ),
  )
  const metrics = new Set(
    sources.flatMap((source) =>
      [
        ...source.matchAll(/(?:name: |counter\(\s*|gauges?\(\s*|^ *\[\s*)'(winrate_[a-z_]+)'/gm),
      ].map((m) => m[1]),
    ),
  )
  const section = (title: string) => operations.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? ''
  const names = (text: string) =>
    [...text.matchAll(/^\| ([^|]+) \|/gm)].flatMap((row) =>
      [...(row[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1]),
    )
  expect(names(section('Log')).sort()).toEqual([...logged].sort())
  const documentedMetrics = names(section('Metrics')).filter((name) => name?.startsWith('winrate_'))
  expect(documentedMetrics.sort()).toEqual([...metrics].sort())
})

function sourceFiles(): string[] {
  const root = fileURLToPath(new URL('..', import.meta.url))
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => join(root, path))
}

test('a URL that cannot be read is a mistake that does not show the password', () => {
  const mistakes = mistakesOf({
    DATABASE_URL: 'postgres://winrate:pa#secret@host/winrate',
    REDIS_URL: 'redis://:12/secret@host:6379',
  })
  expect(mistakes).toHaveLength(2)
  expect(mistakes[0]).toMatch(/DATABASE_URL: .*percent-encode/)
  expect(mistakes[1]).toMatch(/REDIS_URL: .*percent-encode/)
  expect(mistakes.join()).not.toMatch(/pa#|secret/)
})

test('the URL means what it means to libpq, completed by its variables', () => {
  const { databaseUrl } = parseConfig({
    DATABASE_URL: 'postgres://winrate:a%23b@host/winrate?sslmode=require',
    PGSSLROOTCERT: import.meta.filename,
  })
  expect(databaseUrl).toContain('winrate:a%23b@host/winrate?')
  expect(databaseUrl).toContain('sslmode=require')
  expect(databaseUrl).toContain('uselibpqcompat=true')
  expect(databaseUrl).toContain('sslrootcert=')
  expect(
    mistakesOf({ DATABASE_URL: 'postgres://h/d?sslmode=verify-ca&sslrootcert=/nowhere' }),
  ).toEqual([expect.stringContaining('DATABASE_URL: sslrootcert: ENOENT')])
})
