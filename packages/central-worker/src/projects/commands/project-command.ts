// `npx winrate project`: which teams are behind these workers.
import { type ProjectFacts, projectFactsSchema } from '@winrate/shared-schema/http'
import { z } from 'zod'
import { defineReport, UsageError } from '../../commands/command.ts'
import { type CommandContext, onDatabase } from '../../commands/on-database.ts'
import { formatTable } from '../../commands/print.ts'
import { databaseVariables } from '../../commands/variable-phrases.ts'
import { createLogger } from '../../observability/create-logger.ts'
import { createProjectChanges } from '../change-projects.ts'
import { projectName } from '../project-names.ts'

const actions = ['create', 'list', 'delete'] as const

const inputSchema = z
  .object({
    action: z.enum(actions, `must be one of ${actions.join(', ')}`),
    name: projectName.optional(),
    yes: z.boolean().optional(),
  })
  .check(({ value: { action, name }, issues }) => {
    const problem = (message: string) =>
      issues.push({ code: 'custom', path: ['name'], message, input: undefined })
    if (action === 'list' && name !== undefined) problem('is not for list')
    if (action !== 'list' && name === undefined) problem('is missing')
  })

type Input = z.output<typeof inputSchema>

export const project = defineReport({
  word: 'project',
  group: 'Say who may do what',
  summary: 'create, list or delete projects',
  details:
    'A project is a fleet of its own behind the same workers: it shares no outcomes, snapshots, metrics or tokens with other projects. "create" makes a database beside that of DATABASE_URL, and needs the right to create databases; or it uses the database that WINRATE_PROJECTS_FILE names. Workers open it within seconds. Agents reach it by its tokens: "npx winrate token create --project NAME". "delete" revokes these and drops the database, with all that was learned.',
  examples: [
    ['project create search', 'for the team of that name'],
    [
      'token create --project search --label agents --scope publish --scope read',
      'its first token',
    ],
    ['status --project search', 'how is it?'],
    ['project list', ''],
    ['project delete search --yes', 'with all that it has learned'],
  ],
  variables: databaseVariables,
  input: inputSchema,
  operands: [
    { field: 'action', name: 'ACTION', description: 'what to do', choices: actions },
    { field: 'name', name: 'NAME', description: 'of the project to create or delete' },
  ],
  flags: [{ name: '--yes', description: 'really delete it' }],
  ofProject: false,
  facts: projectFactsSchema,
  read(config, input) {
    if (input.action === 'delete' && input.yes !== true) {
      throw new UsageError(
        `--yes: is missing: this drops the database of ${input.name} with all that it has learned`,
      )
    }
    return onDatabase(changeProjects)(config, input)
  },
  describe: ({ projects, referenceSecret, message }) =>
    [
      ...(message === undefined ? [] : [message]),
      ...(referenceSecret === undefined
        ? []
        : [`Its agents sign references with WINRATE_REFERENCE_SECRET=${referenceSecret}`]),
      describeList(projects),
    ].join('\n\n'),
})

function changeProjects(
  { pool, connectionString, config }: CommandContext,
  { action, name = '' }: Input,
): Promise<ProjectFacts> {
  const changes = createProjectChanges({
    ...{ pool, connectionString, urls: config.projectUrls },
    ...{ referenceSecrets: config.feedback.secrets, logger: createLogger('silent') },
  })
  if (action === 'list') return changes.list()
  return action === 'create' ? changes.create(name) : changes.remove(name)
}

function describeList(projects: ProjectFacts['projects']): string {
  if (projects.length === 0) return 'There is the project default alone.'
  const rows = projects.map(({ name, database, state, createdAt, tokens }) => [
    ...[name, state, database ?? 'by WINRATE_PROJECTS_FILE', String(tokens), createdAt],
  ])
  return formatTable([['project', 'state', 'database', 'valid tokens', 'created'], ...rows])
}
