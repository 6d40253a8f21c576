// `npx winrate observed`: what would have been chosen where applications only observe.
import { observedBodySchema } from '@winrate/shared-schema/http'
import { z } from 'zod'
import { defineReport } from '../../commands/command.ts'
import { onDatabase } from '../../commands/on-database.ts'
import { formatTable } from '../../commands/print.ts'
import { databaseVariables } from '../../commands/variable-phrases.ts'
import { readObserved } from '../observed/read-observed.ts'

export const observedDaysSchema = z.coerce.number().int().min(1).max(90).optional()

export const observed = defineReport({
  word: 'observed',
  group: 'Look',
  summary: 'what would have been chosen of what is observed',
  details:
    'For calls with `observe`: how often another model would have been chosen, and what is expected of it by the newest snapshot, in success and in cost. Nobody made those calls, so nothing of it is measured.',
  flags: [
    {
      name: '--days',
      value: 'N',
      description: 'how far back, up to 90 (default: the window)',
    },
  ],
  examples: [
    ['observed', ''],
    ['observed --days 1', ''],
  ],
  variables: [...databaseVariables, 'WINRATE_WINDOW_DAYS', 'WINRATE_CATALOGUE_FILE'],
  input: z.object({ days: observedDaysSchema }),
  facts: observedBodySchema,
  read: onDatabase(({ config, pool }, input) => readObserved(pool, config, input)),
  describe({ all, taskTypes, more = 0 }) {
    const rows = taskTypes.flatMap(({ taskType, models }) =>
      models.map(({ modelName, provider, thinkingLevel, called, wouldChoose }) => [
        ...[taskType, modelName, provider, thinkingLevel ?? ''],
        ...[String(called), String(wouldChoose)],
      ]),
    )
    const header = ['task type', 'model', 'provider', 'level', 'called', 'would choose']
    return [
      all.sentence,
      ...taskTypes.map(({ sentence }) => sentence),
      ...(rows.length === 0 ? [] : ['', formatTable([header, ...rows])]),
      ...(more === 0 ? [] : [`and ${more} more task types`]),
    ].join('\n')
  },
})
