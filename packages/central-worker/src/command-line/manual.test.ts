import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { commands } from '../command-table.ts'
import { fieldOf, groups } from '../commands/command.ts'
import { variables } from '../config/config.ts'
import { writeManual } from './manual.ts'

test('docs/cli.md is what the table of commands says; npm run docs:cli writes it', async () => {
  const file = fileURLToPath(new URL('../../../../docs/cli.md', import.meta.url))
  await expect(writeManual(commands)).toMatchFileSnapshot(file)
})

test('every command stands under its heading, in one order', () => {
  const places = commands.map(({ group }) => groups.indexOf(group))
  expect(places).toEqual(places.toSorted((one, other) => one - other))
})

test.each(commands)('$word says what help needs', (command) => {
  const { word, summary, examples, operands, flags = [], variables: names } = command
  expect(summary.length, 'fits into the list').toBeLessThanOrEqual(49)
  expect(examples.length).toBeGreaterThan(0)
  for (const [call] of examples) expect(call).toContain(word)
  const required = operands.map((operand) => operand.required)
  expect(required).toEqual(required.toSorted((one, other) => Number(other) - Number(one)))
  expect(flags.map(({ name }) => fieldOf(name))).not.toContain('help')
  const known: readonly string[] = variables.map(({ name }) => name)
  for (const name of names) expect(known).toContain(name)
})

test.each(commands.filter(({ facts }) => facts !== undefined))('$word takes --json', (command) => {
  expect(command.flags?.map(({ name }) => name)).toContain('--json')
})
