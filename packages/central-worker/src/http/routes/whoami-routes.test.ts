import { whoamiBodySchema } from '@winrate/shared-schema/http'
import { afterEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'

const running: TestServer[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ server }) => server.stop()))
})

async function whoami(
  config: NonNullable<Parameters<typeof startTestServer>[0]>['config'],
  headers: Record<string, string> = {},
) {
  const started = await startTestServer({ config: config ?? {} })
  running.push(started)
  const answer = await started.ask('/v1/whoami', { headers })
  return answer.status === 200 ? whoamiBodySchema.parse(answer.json()) : answer.status
}

const tokens = { publish: ['p-token'], read: ['r-token'], admin: ['a-token'] }
const whose = { project: 'default', limits: {} }
const by = (token: string) => ({ authorization: `Bearer ${token}` })

describe('GET /v1/whoami', () => {
  it.each([
    ['p-token', ['publish']],
    ['r-token', ['read']],
    ['a-token', ['publish', 'read', 'admin']],
  ])('tells what %s opens', async (token, scopes) => {
    expect(await whoami({ tokens }, by(token))).toEqual({ scopes, open: false, ...whose })
  })

  it('refuses an unknown token, and none where nothing is open', async () => {
    expect(await whoami({ tokens }, by('x-token'))).toBe(401)
    expect(await whoami({ tokens })).toBe(401)
  })

  it('tells what is open without a token', async () => {
    const open = { scopes: ['publish', 'read', 'admin'], open: true, ...whose }
    expect(await whoami({ tokens: {} })).toEqual(open)
    expect(await whoami({ tokens: {} }, by('any'))).toEqual(open)
    const half = { tokens: { admin: ['a-token'] } }
    expect(await whoami(half)).toEqual({ scopes: ['publish', 'read'], open: true, ...whose })
    expect(await whoami(half, by('a-token'))).toEqual({ ...open, open: false })
    // Whoever sends a token wants to know whether it is one.
    expect(await whoami(half, by('x-token'))).toBe(401)
  })

  it('names feedback where the worker takes it', async () => {
    const feedback = { secrets: ['s'.repeat(32)], origins: [], days: 7, proxyHops: 0 }
    expect(await whoami({ tokens, feedback }, by('r-token'))).toEqual({
      scopes: ['read', 'feedback'],
      open: false,
      ...whose,
    })
  })

  it('tells of a token of the database what it opens, and of which project', async () => {
    const limits = { outcomesPerSecond: 5 }
    const token = {
      ...{
        limits,
        id: '0123456789abcdef',
        project: 'acme',
        label: 'agents',
        scopes: ['publish'] as const,
      },
      ...{ instances: ['web-3'], expiresAt: new Date('2026-09-01T00:00:00.000Z') },
    }
    const started = await startTestServer({
      config: { project: 'acme' },
      dependencies: {
        tokenBook: { find: async () => ({ status: 'valid', token }), watch: () => () => {} },
      },
    })
    running.push(started)
    const answer = await started.ask('/v1/whoami', { headers: by('wr_0123456789abcdef_secret') })
    expect(answer.json()).toEqual({
      ...{ scopes: ['publish'], open: false, project: 'acme', limits: {} },
      token: {
        ...{ limits, id: '0123456789abcdef', label: 'agents', instances: ['web-3'] },
        expiresAt: '2026-09-01T00:00:00.000Z',
      },
    })
  })

  it('tells nothing by the name of another site unless a token comes with it', async () => {
    const host = { host: 'rebound.example.org' }
    expect(await whoami({ tokens: {} }, host)).toBe(403)
    expect(await whoami({ tokens: { read: ['r-token'] } }, { ...host, ...by('r-token') })).toEqual({
      scopes: ['publish', 'read', 'admin'],
      open: false,
      ...whose,
    })
  })
})
