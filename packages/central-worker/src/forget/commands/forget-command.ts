// `npx winrate forget`: deletes what is stored of one instance, or of one prompt.
import { limits } from '@winrate/shared-schema/contracts'
import { type ForgetFacts, forgetFactsSchema } from '@winrate/shared-schema/http'
import { z } from 'zod'
import { defineReport } from '../../commands/command.ts'
import { onDatabase } from '../../commands/on-database.ts'
import { printProgress } from '../../commands/print.ts'
import { databaseVariables } from '../../commands/variable-phrases.ts'
import { countSubject, forget as forgetSubject, type Subject } from '../forget.ts'

const inputSchema = z
  .object({
    instance: z.string().min(1).max(limits.instanceIdChars).optional(),
    prompt: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in 64 hex digits')
      .optional(),
    yes: z.boolean().optional(),
  })
  .refine(({ instance, prompt }) => (instance === undefined) !== (prompt === undefined), {
    path: ['instance'],
    message: 'or prompt: say one of them',
  })

export const forget = defineReport({
  word: 'forget',
  group: 'Repair',
  summary: 'delete what is stored of an instance or a prompt',
  details:
    'Deletes its outcomes with all words about the same calls, what they added to the rollups, its dead letters and, of an instance, its sessions, quarantines and events. Without --yes it only says how much there is. Ingest and ticks go on. What is queued already is stored first, for which it waits a minute; what arrives later stays, so end the token or stop the producer before. After an interruption, call it again. Verdicts of operators stay. Snapshots that are stored already keep what they have learned; they are deleted within a day.',
  examples: [
    ['forget --instance web-3', 'how much is there?'],
    ['forget --instance web-3 --yes', 'delete it'],
    ['forget --prompt 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 --yes', ''],
  ],
  variables: databaseVariables,
  input: inputSchema,
  flags: [
    { name: '--instance', value: 'ID', description: 'the instance' },
    { name: '--prompt', value: 'HASH', description: 'the prompt, by its SHA-256 in hex' },
    { name: '--yes', description: 'delete it' },
  ],
  facts: forgetFactsSchema,
  read: onDatabase(({ pool }, { instance, prompt = '', yes }: z.output<typeof inputSchema>) => {
    const subject: Subject =
      instance === undefined ? { kind: 'prompt', id: prompt } : { kind: 'instance', id: instance }
    if (yes !== true) return countSubject(pool, subject)
    return forgetSubject(pool, subject, {
      onPart: (outcomes) => printProgress(`${outcomes} outcomes so far`),
    })
  }),
  describe: describeFacts,
})

function describeFacts({ deleted, outcomes, deadLetters, queued }: ForgetFacts): string {
  const what = `${outcomes} outcomes and ${deadLetters} dead letters`
  if (!deleted) return `There are ${what}. To delete them, add --yes.`
  const rest = `${queued} messages that were queued before still wait: call it again when a worker has stored them.`
  return `${what} were deleted; the next tick learns without them.${queued === 0 ? '' : `\n${rest}`}`
}
