import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { trackOf } from './track.ts'

const instanceIds = Array.from({ length: 2_000 }, (_, at) => `agent-${at}`)

describe('trackOf', () => {
  it('compares the first four bytes of the md5 of the id with the share', () => {
    const firstBytes = createHash('md5').update('agent-1').digest('hex').slice(0, 8)
    const position = Number.parseInt(firstBytes, 16) / 2 ** 32
    expect(trackOf('agent-1', position)).toBe('held')
    expect(trackOf('agent-1', position + 2 ** -32)).toBe('newest')
  })

  it('puts known ids where the SQL function puts them', () => {
    // As md5 in Postgres begins: '' d41d8cd9 (0.8286), 'a' 0cc175b9 (0.0498), 'é' 66ddcd97 (0.4018).
    expect(trackOf('', 0.82)).toBe('held')
    expect(trackOf('', 0.83)).toBe('newest')
    expect(trackOf('a', 0.04)).toBe('held')
    expect(trackOf('a', 0.05)).toBe('newest')
    expect(trackOf('é', 0.4)).toBe('held')
    expect(trackOf('é', 0.41)).toBe('newest')
  })

  it('holds everyone at share 0 and nobody at share 1', () => {
    expect(instanceIds.every((id) => trackOf(id, 0) === 'held')).toBe(true)
    expect(instanceIds.every((id) => trackOf(id, 1) === 'newest')).toBe(true)
  })

  it('gives about its share of the instances the newest', () => {
    const newest = instanceIds.filter((id) => trackOf(id, 0.25) === 'newest')
    expect(newest.length / instanceIds.length).toBeGreaterThan(0.21)
    expect(newest.length / instanceIds.length).toBeLessThan(0.29)
  })

  it('takes nobody back when the share grows', () => {
    const early = instanceIds.filter((id) => trackOf(id, 0.1) === 'newest')
    expect(early.every((id) => trackOf(id, 0.5) === 'newest')).toBe(true)
  })
})
