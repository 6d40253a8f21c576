// `npx winrate sharing`: what projects learn from each other.
import { type SharingFacts, sharingFactsSchema } from '@winrate/shared-schema/http'
import { z } from 'zod'
import { defineReport } from '../../commands/command.ts'
import { type CommandContext, onDatabase } from '../../commands/on-database.ts'
import { databaseVariables } from '../../commands/variable-phrases.ts'
import { countShared, readSharing, type Sharing, setSharing } from '../sharing-settings.ts'
import { LEAST_SHARING } from '../sum-shared.ts'

const words = ['shares', 'learns', 'both', 'off'] as const

const inputSchema = z.object({
  what: z.enum(words, `must be one of ${words.join(', ')}`).optional(),
})

export const sharing = defineReport({
  word: 'sharing',
  group: 'Change whose outcomes count',
  summary: 'let projects begin with what others have learned',
  details: `A project that "shares" lets others know how good models are at its task types, as means over at least ${LEAST_SHARING} sharing projects. One that "learns" begins with these means where it has few outcomes of its own, and departs from them as it gets its own. Nothing else leaves a project: no texts, and no name that the other does not have and that is not one of the built-in ones. Without an argument it shows what holds.`,
  examples: [
    ['sharing both --project search', 'give and take'],
    ['sharing learns --project new-team', 'take only'],
    ['sharing off --project search', 'neither, and forget what came from others'],
    ['sharing --project search', ''],
  ],
  variables: databaseVariables,
  input: inputSchema,
  operands: [{ field: 'what', name: 'WHAT', description: 'what to do', choices: words }],
  facts: sharingFactsSchema,
  read: onDatabase(changeSharing),
  describe: ({ project, shares, learns, cells }) =>
    [
      `The project ${project} ${shares ? 'shares' : 'does not share'} and ${learns ? 'learns' : 'does not learn'}.`,
      ...(learns ? [`It knows something from others of ${cells} models at task types.`] : []),
    ].join('\n'),
})

async function changeSharing(
  { pool, config: { project } }: CommandContext,
  { what }: z.output<typeof inputSchema>,
): Promise<SharingFacts> {
  if (what !== undefined) await setSharing(pool, sharingOf(what))
  return { project, ...(await readSharing(pool)), cells: await countShared(pool) }
}

function sharingOf(what: (typeof words)[number]): Sharing {
  return {
    shares: what === 'shares' || what === 'both',
    learns: what === 'learns' || what === 'both',
  }
}
