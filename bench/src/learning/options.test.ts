import { UsageError } from '@winrate/demo/errors'
import { expect, test } from 'vitest'
import { parseOptions } from './options.ts'
import { scenarioNames } from './simulation/scenario-names.ts'

const options = (...args: string[]) => parseOptions(args)

test('By default everything runs, on the bundled files', () => {
  expect(options()).toMatchObject({ simulation: true, replay: true })
  expect(options().dataFiles).toHaveLength(3)
  expect(options().scenarios).toEqual(scenarioNames)
  expect(options().seeds).toBeGreaterThanOrEqual(50)
})

test('Files may be given one by one and separated by commas', () => {
  expect(options('--data', 'a', '--data', 'b,c').dataFiles).toEqual(['a', 'b', 'c'])
})

test('A given number takes precedence over --quick', () => {
  expect(options('--quick').seeds).toBeLessThan(5)
  expect(options('--quick', '--seeds', '7').seeds).toBe(7)
})

test('Scenarios run in the usual order', () => {
  expect(options('--scenarios', 'restart,drift').scenarios).toEqual(['drift', 'restart'])
})

test.each([
  [['--seeds', '0'], /--seeds must be a whole number/],
  [['--decisions', 'many'], /--decisions must be/],
  [['--scenarios', 'drift,storm'], /not storm/],
  [['--policies', 'winrate,oracle'], /not oracle/],
  [['--days', '15'], /--days must be/],
  [['--data', ''], /--data/],
  [['--data', 'a,,b'], /--data/],
  [['--no-simulation', '--no-replay'], /nothing to do/],
  [['--sedes', '3'], /--sedes/],
  [['extra'], /extra/],
])('%j is refused', (args, message) => {
  expect(() => parseOptions(args)).toThrow(UsageError)
  expect(() => parseOptions(args)).toThrow(message)
})

test('The error names every mistake', () => {
  expect(() => parseOptions(['--seeds', 'x', '--decisions', '1.5'])).toThrow(
    /--seeds.*; --decisions/,
  )
})
