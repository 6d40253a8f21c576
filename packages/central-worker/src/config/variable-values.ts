// The kinds of values that variables of the environment have.
import { readFileSync } from 'node:fs'
import { controlCharacter, limits, type Parsed } from '@winrate/shared-schema/contracts'
import { serverUrlProblem } from '@winrate/shared-schema/postgres'
import { z } from 'zod'
import { redisUrlProblem } from '../clock/redis-servers.ts'
import { limitTextsSchema } from '../limits/limit-text.ts'

export const wholeNumber = (lowest: number, highest: number) =>
  z.coerce.number(`must be a whole number`).int().min(lowest).max(highest)

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

export const boolean = z.stringbool({ truthy: ['true'], falsy: ['false'], case: 'sensitive' })

export const share = z.coerce.number().min(0).max(1)

export const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (text) => protocols.some((protocol) => text.startsWith(`${protocol}//`)),
      `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    )
    .check(({ value, issues }) => {
      const problem = serverUrlProblem(value)
      if (problem !== undefined) issues.push({ code: 'custom', input: undefined, message: problem })
    })

export const redisUrl = () =>
  url('redis:', 'rediss:', 'redis-sentinel:', 'rediss-sentinel:').check(({ value, issues }) => {
    const problem = redisUrlProblem(value)
    if (problem !== undefined) issues.push({ code: 'custom', input: undefined, message: problem })
  })

const split = (text: string) =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')

/** Texts separated by commas. */
export const list = () => z.string().default('').transform(split)

export const secrets = (leastChars: number) =>
  list().refine(
    (all) => all.every((secret) => secret.length >= leastChars),
    `must have at least ${leastChars} characters`,
  )

/** What a project may do at most. */
export const projectLimits = () => z.string().transform(split).pipe(limitTextsSchema)

/** What browsers send in Origin. */
export const origins = () =>
  list().refine(
    (all) => all.every((one) => one === '*' || (URL.canParse(one) && new URL(one).origin === one)),
    'must be origins such as https://app.example.org, separated by commas, or *',
  )

/** Names that clients put in Host, without a port. */
export const hosts = () =>
  list()
    .transform((all) => all.map((host) => host.toLowerCase()))
    .refine(
      (all) => all.every((host) => /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/.test(host)),
      'must be names without a scheme or port, separated by commas',
    )

/** The path of a JSON file; its value is what the file says. */
export const jsonFile = <Output>(schema: {
  readonly safeParse: (value: unknown) => Parsed<Output> | z.ZodSafeParseResult<Output>
}) =>
  z.string().transform((path, context): Output => {
    const fail = (message: string) => {
      context.addIssue(message)
      return z.NEVER
    }
    try {
      const parsed = schema.safeParse(JSON.parse(readFileSync(path, 'utf8')))
      if (parsed.success) return parsed.data
      const issue = parsed.error.issues[0]
      return fail(`${path} at ${issue?.path.join('.')}: ${issue?.message}`)
    } catch (error) {
      return fail(error instanceof Error ? error.message : String(error))
    }
  })

/** What operators call a deployment, in the environment and on the command line. */
export const fleetName = z
  .string()
  .trim()
  .min(1)
  .max(limits.fleetNameChars)
  .refine((name) => !controlCharacter.test(name), 'must have no control characters')
