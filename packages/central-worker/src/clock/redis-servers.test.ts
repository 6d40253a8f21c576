import { expect, test } from 'vitest'
import { findRedisServers, redisUrlProblem } from './redis-servers.ts'

const sentinels =
  'rediss-sentinel://user:p%40ss@a:1,b/3?sentinelMasterId=mine&sentinelPassword=s%23t'

test('several servers are tried in their order', async () => {
  const ask = () => expect.fail('there is no Sentinel')
  expect(await findRedisServers('redis://:p@a:1,b/2', ask)).toEqual([
    'redis://:p@a:1/2',
    'redis://:p@b/2',
  ])
})

test('Sentinels are asked one after another, with their own password, and name the primary', async () => {
  const asked: string[] = []
  const servers = await findRedisServers(sentinels, async (url, name) => {
    asked.push(`${name} of ${url}`)
    return asked.length === 1 ? null : ['fd00::1', '6380']
  })
  expect(asked).toEqual(['mine of rediss://:s%23t@a:1', 'mine of rediss://:s%23t@b:26379'])
  expect(servers).toEqual(['rediss://user:p%40ss@[fd00::1]:6380/3'])
})

test('where no Sentinel knows the primary, the error says what each said, and no password', async () => {
  let asked = 0
  const found = findRedisServers(sentinels, async () => {
    asked += 1
    if (asked === 2) throw new Error('ECONNREFUSED')
    return null
  })
  await expect(found).rejects.toThrow(
    'no Sentinel in REDIS_URL names the primary (watches no primary "mine"; ECONNREFUSED)',
  )
})

test('Sentinels need to know what they are asked for', () => {
  expect(redisUrlProblem('redis-sentinel://a,b')).toContain('sentinelMasterId')
  expect(redisUrlProblem(sentinels)).toBeUndefined()
  expect(redisUrlProblem('redis://a,b')).toBeUndefined()
})
