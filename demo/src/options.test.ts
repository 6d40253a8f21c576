import { expect, test } from 'vitest'
import { UsageError } from './errors.ts'
import { type DemoOptions, parseOptions } from './options.ts'

function optionsOf(...args: string[]): DemoOptions {
  const command = parseOptions(args)
  if (command.help) throw new Error('asked for help')
  return command.options
}

test('Without options it replays the bundled data with eight instances', () => {
  const options = optionsOf()
  expect(options).toMatchObject({ bundled: true, instances: 8, intervalMs: 1000, seed: 1 })
  expect(options.dataFiles).toHaveLength(3)
  expect(options.limit).toBeUndefined()
  expect(options.holdout).toBe(0)
  expect(optionsOf('--serve').holdout).toBe(0.1)
  expect(optionsOf('--serve', '--data', 'a.csv.gz').holdout).toBe(0)
  expect(options.policy).toEqual({ kind: 'thompson', exploration: 0.005 })
})

test('Every option is read', () => {
  const options = optionsOf(
    ...['--data', 'a.csv.gz,b.csv.gz', '--task-map', 'map.json', '--instances', '3'],
    ...['--interval-ms', '200', '--limit', '50', '--policy', 'threshold:0.25', '--seed', '7'],
    ...['--json', '--serve', '--holdout', '0.2'],
  )
  expect(options).toEqual({
    dataFiles: ['a.csv.gz', 'b.csv.gz'],
    bundled: false,
    taskMapFile: 'map.json',
    instances: 3,
    intervalMs: 200,
    limit: 50,
    policy: { kind: 'threshold', exploration: 0.25 },
    holdout: 0.2,
    seed: 7,
    json: true,
    serve: true,
  })
})

test('A policy without a share uses the default exploration', () => {
  expect(optionsOf('--policy', 'threshold').policy.exploration).toBe(0.05)
  expect(optionsOf('--policy', 'thompson').policy.exploration).toBe(0.005)
})

test('--help prints the help, whatever else is given', () => {
  expect(parseOptions(['--help', '--instances', 'x'])).toEqual({ help: true })
})

test.each([
  [['--frobnicate'], /frobnicate/],
  [['stray'], /stray/],
  [['--instances', '0'], /--instances must be a whole number from 1/],
  [['--instances', '1.5'], /--instances must be a whole number/],
  [['--interval-ms=-5'], /--interval-ms must be a whole number/],
  [['--limit', ''], /--limit/],
  [['--seed', '4294967296'], /--seed/],
  [['--policy', 'greedy'], /--policy must be thompson or threshold/],
  [['--policy', 'threshold:'], /--policy/],
  [['--policy', 'threshold:1.1'], /--policy/],
  [['--policy', 'threshold:x'], /--policy/],
  [['--policy', 'threshold:0.1:2'], /--policy/],
  [['--data', 'a,,b'], /--data must be FILE/],
  [['--data'], /data/],
])('%j is refused with a message that names it', (args, message) => {
  expect(() => parseOptions(args)).toThrow(UsageError)
  expect(() => parseOptions(args)).toThrow(message)
})

test('The error names all bad values at once', () => {
  expect(() => parseOptions(['--instances', 'x', '--seed', 'y'])).toThrow(/--instances.*--seed/)
})
