import { expect, it } from 'vitest'
import { toCsv } from './csv.ts'
import { shellQuoted } from './names.ts'
import { formatMs, formatPoints, formatSeconds, formatShare, formatUsd } from './numbers.ts'

it('a share never becomes nothing or all by rounding', () => {
  expect([0, 0.001, 0.4, 0.996, 1].map((share) => formatShare(share))).toEqual([
    '0 %',
    '<1 %',
    '40 %',
    '>99 %',
    '100 %',
  ])
  expect(formatShare(0.0004, 1)).toBe('<0.1 %')
  expect(formatShare(null)).toBe('–')
})

it('differences have a sign, and none where they round to nothing', () => {
  expect([0.0123, -0.2, 0.0001].map((one) => formatPoints(one))).toEqual([
    '+1.2 pp',
    '−20.0 pp',
    '0.0 pp',
  ])
})

it('money and time keep two digits that tell something', () => {
  expect([0, 0.00056, 0.012, 3.456, 12_345, -0.2].map((one) => formatUsd(one))).toEqual([
    '$0',
    '$0.00056',
    '$0.012',
    '$3.46',
    '$12,345',
    '−$0.20',
  ])
  expect([820, 1_830].map((one) => formatMs(one))).toEqual(['820 ms', '1.8 s'])
  expect([0, 0.036, 90, 3_600, 200_000].map((one) => formatSeconds(one))).toEqual([
    '0.0 s',
    '36 ms',
    '90 s',
    '60 min',
    '2 days',
  ])
})

it('a file for spreadsheets runs nothing and keeps its columns', () => {
  expect(toCsv([['=1+1', 'a,"b"', 3, null, '-x']])).toBe(`'=1+1,"a,""b""",3,,'-x\r\n`)
})

it('what a shell would read in a name is quoted', () => {
  expect(shellQuoted('coding/rust')).toBe('coding/rust')
  expect(shellQuoted("it's $(rm -rf /)")).toBe(`'it'\\''s $(rm -rf /)'`)
})
