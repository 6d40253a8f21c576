// What is used of the models of the AI SDK 6 (`LanguageModelV3`) and 7 (`LanguageModelV4`), by structure: no package of theirs is
// imported, so one build serves both.

/** A model, as providers make it. */
export interface SdkModel {
  readonly specificationVersion: 'v3' | 'v4'
  readonly provider: string
  readonly modelId: string
  readonly supportedUrls: unknown
  doGenerate(options: never): PromiseLike<unknown>
  doStream(options: never): PromiseLike<unknown>
}

/** A provider (`openai`), or anything that makes models by their ids. */
export interface SdkProvider {
  readonly specificationVersion?: unknown
  languageModel(id: never): SdkModel
}

/** Values of JSON. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json }

export type ProviderOptions = Readonly<Record<string, Readonly<Record<string, unknown>>>>

export interface Part {
  readonly type: string
  readonly providerOptions?: ProviderOptions | undefined
  readonly [name: string]: unknown
}

export interface Message {
  readonly role: string
  /** Text in messages of the system. */
  readonly content: string | readonly Part[]
}

export interface Tool {
  readonly type: string
  readonly name: string
  /** Of a provider's own tool: `openai.web_search`. */
  readonly id?: string | undefined
  readonly inputSchema?: unknown
}

/** What `doGenerate` and `doStream` are given. */
export interface SdkCallOptions {
  readonly prompt: readonly Message[]
  readonly responseFormat?: { readonly type: string; readonly schema?: unknown } | undefined
  readonly tools?: readonly Tool[] | undefined
  readonly abortSignal?: AbortSignal | undefined
  readonly providerOptions?: ProviderOptions | undefined
  /** V4 only. */
  readonly reasoning?: string | undefined
  readonly [name: string]: unknown
}

type Metadata = Readonly<Record<string, Readonly<Record<string, Json>>>>

interface FinishReason {
  readonly unified: string
}

/** What `doGenerate` answers. */
export interface SdkResult {
  readonly content: readonly Part[]
  readonly finishReason: FinishReason
  readonly providerMetadata?: Metadata | undefined
  readonly response?: { readonly modelId?: string | undefined } | undefined
  /** V4 only: what to parse instead of the text. */
  readonly structuredOutputText?: string | undefined
}

/** A part of what `doStream` streams. */
export interface StreamPart {
  readonly type: string
  readonly id?: string | undefined
  readonly delta?: string | undefined
  readonly modelId?: string | undefined
  readonly finishReason?: FinishReason | undefined
  readonly providerMetadata?: Metadata | undefined
  readonly structuredOutputText?: string | undefined
  readonly [name: string]: unknown
}

/** What `doStream` answers. */
export interface SdkStreamResult {
  readonly stream: ReadableStream<StreamPart>
}
