// What a command is. The command line, its help, the completion of shells and docs/cli.md follow from these values.
import type { z } from 'zod'
import { type Config, parseConfig } from '../config/config.ts'
import { DEFAULT_PROJECT, projectName } from '../projects/project-names.ts'
import { print } from './print.ts'
import type { VariableName } from './variable-phrases.ts'

/** Arguments that a command does not take. */
export class UsageError extends Error {}

/** The headings of the list of commands, in their order. */
export const groups = [
  'Run a worker',
  'Look',
  'Change what is served',
  'Change whose outcomes count',
  'Say who may do what',
  'Repair',
  'Help and shell',
] as const

/** A word that stands by its place. It is optional where the command's input has a field that may be missing. */
export interface Operand {
  /** As help shows it: `VERSION`. */
  readonly name: string
  readonly description: string
  /** Words that a shell offers; others may be valid too. */
  readonly choices?: readonly string[]
}

/** An option. Without `value` it takes none. */
export interface Flag {
  /** As it is typed: `--days`. The field of the input is the same in camel case. */
  readonly name: `--${string}`
  /** What follows it, as help shows it: `FILE`, which a shell completes with files. */
  readonly value?: string
  readonly description: string
  readonly repeats?: true
}

export interface Description {
  readonly word: string
  readonly group: (typeof groups)[number]
  /** In one line. */
  readonly summary: string
  /** More about it, in sentences. */
  readonly details?: string
  readonly flags?: readonly Flag[]
  /** What the exit code 1 means, where it means more than an error. */
  readonly failure?: string
  /** Calls, without the name of the program, and what they do. */
  readonly examples: readonly (readonly [call: string, effect: string])[]
  /** The variables of the environment that matter to it. */
  readonly variables: readonly VariableName[]
}

export interface Command extends Description {
  readonly operands: readonly (Operand & { readonly required: boolean })[]
  /** The shape of what `--json` prints; missing where the command prints no facts. */
  readonly facts?: z.ZodType
  /**
   * Reads what was typed and returns the function to run, which resolves with the exit code.
   *
   * @throws UsageError
   */
  readonly prepare: (typed: Typed) => (environment: NodeJS.ProcessEnv) => Promise<number>
}

export interface Typed {
  readonly operands: readonly string[]
  /** By their field. */
  readonly flags: Readonly<Record<string, unknown>>
}

interface Reading<Input extends z.ZodObject> extends Description {
  readonly input: Input
  readonly operands?: readonly (Operand & { readonly field: keyof z.output<Input> & string })[]
}

/** What a command is told by the environment, and which project it is about. */
export interface CommandConfig extends Config {
  readonly project: string
}

const projectFlag: Flag = {
  name: '--project',
  value: 'NAME',
  description: 'the project it is about (default: default)',
}

const json: Flag = {
  name: '--json',
  description: 'print one JSON object instead of text; docs/cli.md has its fields',
}

/** A command that prints facts: as text, or with `--json` as they are. */
export function defineReport<Input extends z.ZodObject, Facts>(
  definition: Reading<Input> & {
    readonly facts: z.ZodType<Facts>
    readonly read: (config: CommandConfig, input: z.output<Input>) => Promise<NoInfer<Facts>>
    readonly describe: (facts: NoInfer<Facts>, input: z.output<Input>) => string
    /** Whether the facts make the exit code 1. */
    readonly hasFailed?: (facts: NoInfer<Facts>) => boolean
    /** Whether it is about one project. Default true. */
    readonly ofProject?: boolean
  },
): Command {
  const { facts, read, describe, hasFailed = () => false } = definition
  const { flags = [], ofProject = true } = definition
  return defineCommand({
    ...definition,
    flags: [...flags, ...(ofProject ? [projectFlag] : []), json],
    facts,
    async run(environment, input, typed) {
      const project = readProject(typed.flags['project'])
      const found = await read({ ...parseConfig(environment), project }, input)
      print(typed.flags['json'] === true ? JSON.stringify(found) : describe(found, input))
      return hasFailed(found) ? 1 : 0
    },
  })
}

/** @throws UsageError */
function readProject(typed: unknown): string {
  if (typed === undefined || typed === DEFAULT_PROJECT) return DEFAULT_PROJECT
  const read = projectName.safeParse(typed)
  if (read.success) return read.data
  throw new UsageError(`--project: ${read.error.issues[0]?.message}`)
}

/** A command that prints by itself what it has to say. */
export function defineCommand<Input extends z.ZodObject>(
  definition: Reading<Input> & {
    readonly facts?: z.ZodType
    readonly run: (
      environment: NodeJS.ProcessEnv,
      input: z.output<Input>,
      typed: Typed,
    ) => Promise<number>
  },
): Command {
  const { input, operands = [], run, ...description } = definition
  const names = new Map<PropertyKey | undefined, string>([
    ...operands.map(({ field, name }) => [field, name] as const),
    ...(description.flags ?? []).map(({ name }) => [fieldOf(name), name] as const),
  ])
  return {
    ...description,
    operands: operands.map(({ field, ...operand }) => ({
      ...operand,
      required: input.shape[field]?.safeParse(undefined).success === false,
    })),
    prepare(typed) {
      const given = Object.fromEntries(operands.map(({ field }, at) => [field, typed.operands[at]]))
      const read = input.safeParse({ ...typed.flags, ...given })
      if (read.success) return (environment) => run(environment, read.data, typed)
      const [issue] = read.error.issues
      throw new UsageError(`${names.get(issue?.path[0])}: ${issue?.message}`)
    },
  }
}

/** The field that a flag fills: `--task-type` fills `taskType`. */
export function fieldOf(flag: string): string {
  return flag.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}
