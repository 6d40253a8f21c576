import { describe, expect, it } from 'vitest'
import { acceptsGzip, matchesEntityTag } from './request-headers.ts'

describe('matchesEntityTag', () => {
  it.each(['"a:1"', 'W/"a:1"', '"b:2", "a:1"', '"b:2",W/"a:1" , "c"', '*'])(
    'finds it in %s',
    (header) => {
      expect(matchesEntityTag(header, '"a:1"')).toBe(true)
    },
  )

  it.each([undefined, '', '"a:2"', 'a:1', '"xa:1"', '"a:1'])('does not find it in %s', (header) => {
    expect(matchesEntityTag(header, '"a:1"')).toBe(false)
  })
})

describe('acceptsGzip', () => {
  it.each(['gzip', 'GZIP', 'br, gzip', 'gzip;q=0.5', '*', 'x-gzip', 'identity, gzip; q=1'])(
    'takes %s',
    (header) => {
      expect(acceptsGzip(header)).toBe(true)
    },
  )

  it.each([
    undefined,
    '',
    'br',
    'identity',
    'gzip;q=0',
    'gzip; q=0.0',
    '*;q=0',
    'gzip;q=0, *',
    'gzip;q=x',
  ])('does not take %s', (header) => {
    expect(acceptsGzip(header)).toBe(false)
  })
})
