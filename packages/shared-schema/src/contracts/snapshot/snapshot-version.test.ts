import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatSnapshotVersion, parseSnapshotVersion, supersedes } from './snapshot.ts'

const epoch = '7d0c1a52-9f0e-4a6b-8f3d-2b7a5c9e1f04'
const otherEpoch = '0198c190-0000-7a00-9a00-000000000002'
const version = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })

describe('supersedes', () => {
  it('takes anything where there is nothing yet', () => {
    expect(supersedes({ epoch, version: 1 }, undefined)).toBe(true)
  })

  it('takes only a newer version within an epoch', () => {
    fc.assert(
      fc.property(version, version, (next, current) => {
        expect(supersedes({ epoch, version: next }, { epoch, version: current })).toBe(
          next > current,
        )
      }),
    )
  })

  it('takes any version of another epoch', () => {
    fc.assert(
      fc.property(version, version, (next, current) => {
        const taken = supersedes({ epoch: otherEpoch, version: next }, { epoch, version: current })
        expect(taken).toBe(true)
      }),
    )
  })
})

describe('parseSnapshotVersion', () => {
  it('reads what formatSnapshotVersion writes, also as a strong or weak ETag', () => {
    fc.assert(
      fc.property(fc.uuid(), version, (named, number) => {
        const text = formatSnapshotVersion({ epoch: named, version: number })
        for (const form of [text, `"${text}"`, `W/"${text}"`]) {
          expect(parseSnapshotVersion(form)).toEqual({ epoch: named, version: number })
        }
      }),
    )
  })

  it.each([
    undefined,
    null,
    '',
    '*',
    'abc',
    epoch,
    `${epoch}:`,
    `${epoch}:0`,
    `${epoch}:-1`,
    `${epoch}:1.5`,
    `${epoch}:9007199254740993`,
    `${epoch}:412 `,
    `not-an-epoch:412`,
  ])('is undefined for %j', (text) => {
    expect(parseSnapshotVersion(text)).toBeUndefined()
  })
})
