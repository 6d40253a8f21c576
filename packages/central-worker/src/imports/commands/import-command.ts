// `npx winrate import`: offline evaluations shape priors.
import { basename } from 'node:path'
import { limits, taskTypeSchema } from '@winrate/shared-schema/contracts'
import { type ImportsBody, importsBodySchema } from '@winrate/shared-schema/http'
import { toZod } from '@winrate/shared-schema/zod'
import { z } from 'zod'
import { defineReport, UsageError } from '../../commands/command.ts'
import { type CommandContext, onDatabase } from '../../commands/on-database.ts'
import { formatTable } from '../../commands/print.ts'
import { databaseVariables } from '../../commands/variable-phrases.ts'
import { readImport } from '../read-import.ts'
import { readImports, removeImport, storeImport } from '../store-imports.ts'

const name = z.string().min(1).max(limits.modelNameChars)
const inputSchema = z.object({
  file: z.string().optional(),
  taskType: toZod(taskTypeSchema).optional(),
  provider: z.string().min(1).max(limits.providerChars).optional(),
  as: name.optional(),
  remove: name.optional(),
  list: z.boolean().optional(),
})

type Input = z.output<typeof inputSchema>

export const importCommand = defineReport({
  word: 'import',
  group: 'Change what is served',
  summary: 'let offline evaluations shape priors',
  details:
    'FILE holds outcomes as JSON, one a line, or a CSV table of scores from 0 to 1: a header, a first column that names the prompt, a column for each model, and maybe a column task_type. Imports count from the next tick on as what is expected before there are live outcomes, and in each cell as 30 outcomes at most. They are in no win rate, no evaluation and no savings. A file with a bad line is not imported at all; the same file twice is one import.',
  flags: [
    { name: '--task-type', value: 'TYPE', description: 'of what does not name one' },
    { name: '--provider', value: 'NAME', description: 'of the models, where the file has none' },
    {
      name: '--as',
      value: 'NAME',
      description: 'the name of the import (default: that of the file)',
    },
    { name: '--remove', value: 'NAME', description: 'forget this import' },
    { name: '--list', description: 'show what is imported' },
  ],
  examples: [
    ['import scores.csv --task-type coding', 'a table of scores'],
    ['import outcomes.jsonl --as spring', 'outcomes, under a name'],
    ['import --remove spring', 'forget it'],
    ['import --list', ''],
  ],
  variables: [...databaseVariables],
  input: inputSchema,
  operands: [
    { field: 'file', name: 'FILE', description: 'outcomes as JSON lines, or scores as CSV' },
  ],
  facts: importsBodySchema,
  read(config, input) {
    const { file, remove, list } = input
    if ([file, remove, list || undefined].filter((one) => one !== undefined).length !== 1) {
      throw new UsageError('give a FILE, or --remove NAME, or --list')
    }
    return onDatabase(runImport)(config, input)
  },
  describe({ status, name: about, skipped, imports }) {
    const rows = imports.map(({ name, importedAt, scores, cells, taskTypes }) => [
      ...[name, importedAt, String(scores), String(cells), taskTypes.join(' ')],
    ])
    const header = ['import', 'since', 'scores', 'cells', 'task types']
    const table = rows.length === 0 ? 'Nothing is imported.' : formatTable([header, ...rows])
    return [...done({ status, name: about, skipped }), table].join('\n')
  },
})

async function runImport(
  { pool }: CommandContext,
  { file, taskType, provider, as, remove }: Input,
): Promise<ImportsBody> {
  const listed = { status: 'listed', name: null, skipped: 0 } as const
  if (remove !== undefined) {
    await removeImport(pool, remove)
    return { ...listed, status: 'removed', name: remove, imports: await readImports(pool) }
  }
  if (file === undefined) return { ...listed, imports: await readImports(pool) }
  const read = await readImport(file, { taskType, provider })
  const stored = await storeImport(pool, as ?? basename(file), read)
  return { ...stored, skipped: read.sums.skipped, imports: await readImports(pool) }
}

function done({ status, name, skipped }: Omit<ImportsBody, 'imports'>): readonly string[] {
  switch (status) {
    case 'imported':
      return [
        `Imported as ${name}; it counts from the next tick on.`,
        ...(skipped > 0 ? [`${skipped} have no score and were left out.`] : []),
      ]
    case 'unchanged':
      return [`The same file is imported already, as ${name}: nothing changed.`]
    case 'removed':
      return [`Removed ${name}; the next tick forgets it.`]
    case 'listed':
      return []
  }
}
