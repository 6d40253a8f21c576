import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { followHead, isInCanary, nothingServed } from './served-head.ts'
import { largeSnapshot, storedHead } from './testing/stored-snapshot.ts'

const instanceIds = Array.from({ length: 2_000 }, (_, at) => `agent-${at}`)

it('holds the text of a snapshot once, for whoever is slow to take it', async () => {
  const served = await followHead(nothingServed, storedHead(largeSnapshot(1)))
  const { plain, event } = served?.newest ?? {}
  expect(plain?.buffer).toBe(event?.plain.buffer)
  expect(JSON.parse(String(plain))).toMatchObject({ version: 1 })
  expect(String(event?.plain)).toBe(
    `id: ${served?.newest?.epoch}:1\nevent: snapshot\ndata: ${plain}\n\n`,
  )
})

describe('isInCanary', () => {
  it('compares the first four bytes of the md5 of the id with the share', () => {
    const firstBytes = createHash('md5').update('agent-1').digest('hex').slice(0, 8)
    const position = Number.parseInt(firstBytes, 16) / 2 ** 32
    expect(isInCanary('agent-1', position)).toBe(false)
    expect(isInCanary('agent-1', position + 2 ** -32)).toBe(true)
  })

  it('puts known ids where the SQL function puts them', () => {
    // As md5 in Postgres begins: '' d41d8cd9 (0.8286), 'a' 0cc175b9 (0.0498), 'é' 66ddcd97 (0.4018).
    expect(isInCanary('', 0.82)).toBe(false)
    expect(isInCanary('', 0.83)).toBe(true)
    expect(isInCanary('a', 0.04)).toBe(false)
    expect(isInCanary('a', 0.05)).toBe(true)
    expect(isInCanary('é', 0.4)).toBe(false)
    expect(isInCanary('é', 0.41)).toBe(true)
  })

  it('has no instance in it at share 0 and every instance at share 1', () => {
    expect(instanceIds.every((id) => !isInCanary(id, 0))).toBe(true)
    expect(instanceIds.every((id) => isInCanary(id, 1))).toBe(true)
  })

  it('has about its share of the instances in it', () => {
    const newest = instanceIds.filter((id) => isInCanary(id, 0.25))
    expect(newest.length / instanceIds.length).toBeGreaterThan(0.21)
    expect(newest.length / instanceIds.length).toBeLessThan(0.29)
  })

  it('keeps every instance in it when the share grows', () => {
    const early = instanceIds.filter((id) => isInCanary(id, 0.1))
    expect(early.every((id) => isInCanary(id, 0.5))).toBe(true)
  })
})
