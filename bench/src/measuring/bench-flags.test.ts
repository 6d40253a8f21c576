import { UsageError } from '@winrate/demo/errors'
import { expect, test } from 'vitest'
import { parseBenchFlags } from './bench-flags.ts'

const own = {
  numbers: { outcomes: { usual: 100, quick: 10 }, 'interval-ms': { usual: 60, quick: 3 } },
  switches: ['growth'],
} as const

test('A number has its ordinary value, in a quick run its quick one, or the given one', () => {
  expect(parseBenchFlags([], own)).toEqual({
    quick: false,
    outcomes: 100,
    'interval-ms': 60,
    growth: false,
  })
  const quick = parseBenchFlags(['--quick', '--outcomes', '7', '--growth', '--json'], own)
  expect(quick).toEqual({ quick: true, outcomes: 7, 'interval-ms': 3, growth: true })
})

test.each([
  [['--outcomes', '0'], /--outcomes must be a whole number from 1/],
  [['--outcomes', 'x', '--interval-ms', '1.5'], /--outcomes.*; --interval-ms/],
  [['--outcomes'], /outcomes/],
  [['--growht'], /--growht/],
  [['--growth=yes'], /growth/],
  [['stray'], /stray/],
])('%j is refused with a message that names the mistakes', (args, message) => {
  expect(() => parseBenchFlags(args, own)).toThrow(UsageError)
  expect(() => parseBenchFlags(args, own)).toThrow(message)
})
