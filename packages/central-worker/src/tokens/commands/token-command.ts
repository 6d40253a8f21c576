// `npx winrate token`: who may do what over HTTP.
import {
  type TokenBody,
  type TokenChange,
  type TokensBody,
  tokenFactsSchema,
  tokenScopes,
} from '@winrate/shared-schema/http'
import { z } from 'zod'
import { defineReport } from '../../commands/command.ts'
import { type CommandContext, onDatabase } from '../../commands/on-database.ts'
import { formatTable } from '../../commands/print.ts'
import { databaseVariables } from '../../commands/variable-phrases.ts'
import { EXAMPLES, limitTextsSchema, writeLimits } from '../../limits/limit-text.ts'
import { DEFAULT_PROJECT } from '../../projects/project-names.ts'
import { findProject } from '../../projects/read-projects.ts'
import { createTokenControl } from '../token-control.ts'
import { createTokenSchema, DEFAULT_OVERLAP_MS, rotateTokenSchema } from '../token-requests.ts'

const actions = ['create', 'list', 'rotate', 'revoke'] as const
const { label, scopes, instances, expires } = createTokenSchema.shape

const inputSchema = z
  .object({
    action: z.enum(actions, `must be one of ${actions.join(', ')}`),
    id: z.string().optional(),
    label: label.optional(),
    scope: scopes.optional(),
    instance: instances,
    limit: limitTextsSchema.optional(),
    expires,
    overlap: rotateTokenSchema.shape.overlap.unwrap().optional(),
  })
  .check(({ value, issues }) => {
    const problem = (field: string, message: string) =>
      issues.push({ code: 'custom', path: [field], message, input: undefined })
    const { action, id } = value
    const needsId = action === 'rotate' || action === 'revoke'
    if (needsId && id === undefined) problem('id', 'is missing: see "npx winrate token list"')
    if (!needsId && id !== undefined) problem('id', `is not for ${action}`)
    for (const [field, taken] of Object.entries(fieldsOf)) {
      const given = value[field as keyof typeof fieldsOf] !== undefined
      if (given && !taken.includes(action)) problem(field, `is for ${taken.join(' and ')} only`)
    }
    if (action !== 'create') return
    if (value.label === undefined) problem('label', 'is missing: say whose token it is')
    if (value.scope === undefined) problem('scope', `is missing: ${tokenScopes.join(', ')}`)
  })

/** Which actions take which options. */
const fieldsOf = {
  label: ['create'],
  scope: ['create'],
  instance: ['create'],
  limit: ['create'],
  expires: ['create', 'rotate'],
  overlap: ['rotate'],
} satisfies Partial<Record<string, readonly string[]>>

type Input = z.output<typeof inputSchema>

export const token = defineReport({
  word: 'token',
  group: 'Say who may do what',
  summary: 'make, list, rotate or revoke tokens',
  details:
    'A token opens its scopes and nothing else, and of certain instances only, where it names some. It is shown once: the database has its SHA-256. What is open without a token stays open: tokens of the database close nothing. WINRATE_REQUIRE_TOKENS=true of the workers does. "rotate" makes another token with the same rights and lets the old one expire after the overlap. Workers hear of a change within seconds.',
  examples: [
    ["token create --label 'build agents' --scope publish --scope read", 'for agents'],
    [
      'token create --label web-3 --scope publish --instance web-3 --expires 90d',
      'of one instance',
    ],
    [
      'token create --label ci --scope publish --limit outcomes=500/s --limit task-types=10/d',
      'within limits',
    ],
    ['token list', ''],
    ['token rotate 0f3a92c4d5e6b718 --overlap 1h', 'the old one is valid for an hour'],
    ['token revoke 0f3a92c4d5e6b718', ''],
  ],
  variables: databaseVariables,
  input: inputSchema,
  operands: [
    { field: 'action', name: 'ACTION', description: 'what to do', choices: actions },
    { field: 'id', name: 'ID', description: 'of the token to rotate or revoke' },
  ],
  flags: [
    { name: '--label', value: 'TEXT', description: 'whose token it is' },
    {
      name: '--scope',
      value: 'SCOPE',
      description: `what it opens: ${tokenScopes.join(', ')}`,
      repeats: true,
    },
    {
      name: '--instance',
      value: 'ID',
      description: 'an instance that it speaks for (default: all)',
      repeats: true,
    },
    {
      name: '--limit',
      value: 'LIMIT',
      description: `what it may do at most on each replica: ${EXAMPLES} (default: what its project may)`,
      repeats: true,
    },
    {
      name: '--expires',
      value: 'TIME',
      description: 'how long it is valid, such as 90d (default: until it is revoked)',
    },
    {
      name: '--overlap',
      value: 'TIME',
      description: 'how long the old token stays valid (default: 24h)',
    },
  ],
  facts: tokenFactsSchema,
  read: onDatabase(changeTokens, { inDefault: true }),
  describe: (facts) => ('tokens' in facts ? describeList(facts) : describeChange(facts)),
})

async function changeTokens(
  { pool, config: { project } }: CommandContext,
  { action, instance: instances, limit: limits, expires, ...input }: Input,
): Promise<TokensBody | TokenChange> {
  const { id = '', label = '', scope = [], overlap = DEFAULT_OVERLAP_MS } = input
  const tokens = createTokenControl(pool)
  if (project !== DEFAULT_PROJECT) await findProject(pool, project)
  if (action === 'list') return tokens.list(project)
  if (action === 'create') {
    return tokens.create(project, { label, scopes: scope, instances, limits, expires })
  }
  return action === 'revoke'
    ? tokens.revoke(id, project)
    : tokens.rotate(id, { expires, overlap }, project)
}

function describeChange({ secret, message, ...token }: TokenChange): string {
  const table = describeList({ tokens: [token] })
  return secret === undefined ? `${table}\n${message}` : `${table}\n\n${secret}\n\n${message}`
}

function describeList({ tokens }: TokensBody): string {
  if (tokens.length === 0) return 'The database has no token.'
  const header = [
    'id',
    'project',
    'label',
    'scopes',
    'instances',
    'limits',
    'state',
    'made',
    'last used',
  ]
  return formatTable([header, ...tokens.map(rowOf)])
}

function rowOf(token: TokenBody): string[] {
  const { id, project, label, scopes, instances, limits, createdAt, lastUsedAt } = token
  return [
    ...[id, project, label, scopes.join(' '), instances?.join(' ') ?? 'all'],
    ...[writeLimits(limits), stateOf(token), createdAt, lastUsedAt ?? 'never'],
  ]
}

function stateOf({ state, expiresAt, replacedBy }: TokenBody): string {
  if (state !== 'valid') return state
  const until = expiresAt === null ? state : `until ${expiresAt}`
  return replacedBy === null ? until : `${until}, replaced by ${replacedBy}`
}
