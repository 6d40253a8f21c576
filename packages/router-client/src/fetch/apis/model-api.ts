// What the HTTP APIs of providers have in common, as far as a decision and a verdict need it.
import type { PlainAnswer } from '../../adapters/verdict.ts'
import { isRecord } from '../../runtime/unknown-value.ts'

export type Fields = Readonly<Record<string, unknown>>

/** What a request asks for. */
export interface Asked {
  /** For the router: what the model is given to read. */
  readonly messages: readonly unknown[]
  /** The text of the user's last message. */
  readonly lastWords: string
  /** What an earlier step of the same turn has announced: its tool calls since the user's last message. */
  readonly answered: readonly string[]
  /** Undefined where the request does not tell all of them. */
  readonly tools: readonly { readonly name: string; readonly schema: unknown }[] | undefined
  readonly hasTools: boolean
  /** Structured output; undefined where any text will do. */
  readonly json: { readonly schema: unknown } | undefined
  /** The caller's own thinking level. */
  readonly level: string | undefined
}

/** What an answer says. */
export interface Seen extends PlainAnswer {
  readonly isEmpty: boolean
  /** What the next step of the turn will bring back, such as ids of tool calls. */
  readonly announced: readonly string[]
  /** It goes on in another answer, so nobody can judge it yet. */
  readonly goesOn?: boolean
}

/** Puts an answer together from the events of its stream. */
export interface Collector {
  /** Returns how many characters of it are kept. */
  add(event: Fields): number
  /** Undefined where the stream has not told enough. */
  seen(): Seen | undefined
  /** Grows as the answer announces something. */
  readonly announced: readonly string[]
}

/** One HTTP API of a provider. */
export interface ModelApi {
  /** How the path of its requests ends. */
  readonly path: string
  readAsked(body: Fields): Asked
  /** The same request at a thinking level. Called where the caller gave none. */
  atLevel(body: Fields, level: string): Fields
  readAnswer(answer: Fields): Seen
  collect(): Collector
  /** An error in the shape of the API. */
  error(message: string): object
}

export function fieldsOf(value: unknown): Fields {
  return isRecord(value) ? value : {}
}

export function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : []
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The text of a message's content: a text, or a list of parts. */
export function textIn(content: unknown): string {
  if (typeof content === 'string') return content
  return listOf(content)
    .map(({ text }) => textOf(text))
    .filter((text) => text !== '')
    .join('\n')
}

/** The texts of a list of names, without the others. */
export function textsIn(values: readonly unknown[]): readonly string[] {
  return values.filter((value): value is string => typeof value === 'string' && value !== '')
}
