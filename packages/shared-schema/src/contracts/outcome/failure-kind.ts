// How the words for a failure count. winrate.failure_kind has the same lists and takes the same steps in SQL;
// test/ingest/failure-words.test.ts holds both together.

import { limits } from '../names/limits.ts'

/**
 * What kept a model from answering:
 *
 * - `transport`: the way to the model, or its load: time and rate limits, connections, 408, 409, 425, 429, 5xx.
 * - `configuration`: the account or the request: keys, rights, names, billing, the other 4xx.
 * - `cancelled`: the caller gave up.
 * - `quality`: the model itself. Only this kind counts against it.
 */
export type FailureKind = 'transport' | 'configuration' | 'cancelled' | 'quality'

/** Stands for a failure that cannot be read: anybody may be to blame, so it does not count against the model. */
export const UNREADABLE_FAILURE = 'unreadable'

const list = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/))

/**
 * The words that failures are told by. The lists come in order of precedence; `service` means transport where no word
 * of another list says more, and `filler` says nothing by itself.
 */
export const failureWords = {
  transport: list(`
    available busy capacity cert certificate closed concurrent conflict connect connection
    connector deadline disconnect disconnected dns eai econnaborted econnrefused econnreset
    ehostunreach enetunreach enotfound eof epipe eproto esockettimedout etimedout exhausted fetch
    gateway handshake hang hangup interrupted limited maintenance many network nxdomain offline
    out outage overload overloaded pipe premature protocol proxy quota rate ratelimit ratelimited
    ready reset server socket ssl terminated throttle throttled throttles throttling timed
    timedout timeout timeouts tls toomanyrequests transport unavailable unreachable unreadable`),
  cancelled: list('abort aborted cancel canceled cancellation cancelled ecanceled'),
  configuration: list(`
    access apikey argument auth authentication authorization badrequest balance billing config
    configuration credential credentials credit credits decommissioned denied deprecated exist
    exists expired forbidden found gone insufficient invalidrequest key misconfigured notfound
    payment permission permissiondenied permissions precondition request retired such supported
    suspended unauthenticated unauthorised unauthorized unimplemented unprocessable unrecognized
    unsupported`),
  service: list('api internal provider providers service upstream'),
  filler: list(`
    account again ai aiohttp and anthropic assistant asyncio at attempt azure bad be bedrock been
    body broken by call chain client close code cohere currently deepseek deployment did do does
    down due endpoint endpoints engine entity err errno error exceeded exception exceptions fail
    failed failure for from funds gemini google groq grpc had has headers host http https httpx in
    incorrect invalid is it large later limit limits litellm llm load lost max method missing
    mistral model name no not of on openai openrouter operation or organization parameter peer
    please project provided reached read refused remote requests required resource response
    retries retry rights rpc sdk self signed status stream temporarily the this time to token too
    try und up url user value vertex was while with write wrong`),
} as const

/** Of the words of configuration, those by which a provider says that it does not let this caller in. */
const refusedWords = list(`
    apikey auth authentication authorization balance billing credential credentials credit credits
    expired insufficient key payment suspended unauthenticated unauthorised unauthorized`)
/** And those by which it says that it has no such model for this caller. */
const missingWords = list(`
    access decommissioned denied deprecated exist exists forbidden found gone notfound permission
    permissiondenied permissions retired such`)

/**
 * Why a model cannot be had:
 *
 * - `transport`: as the kind of failure.
 * - `refused`: the provider does not let this caller in, whatever the model: 401, 402, 407; keys, accounts, billing.
 * - `missing`: the provider has no such model for this caller: 403, 404, 410; names, rights, retired models.
 */
export type Unavailability = 'transport' | 'refused' | 'missing'

/**
 * Undefined for failures that say nothing of whether others can have the model: of the model itself, of one request, what
 * cannot be read, and calls that were given up.
 */
export function unavailability(failure: string): Unavailability | undefined {
  const kind = failure === UNREADABLE_FAILURE ? undefined : failureKind(failure)
  if (kind === 'transport') return kind
  if (kind !== 'configuration') return undefined
  const words = wordsOf(failure)
  if (words.some((word) => refusedWords.has(word))) return 'refused'
  return words.some((word) => missingWords.has(word)) ? 'missing' : undefined
}

/** What a model does wrong, in the words that callers use: nothing to warn of. */
const qualityWords =
  /quality|refus|filter|safety|block|prohibit|recit|malform|policy|wrong|incorrect|inaccura|hallucin|truncat|length|token|context|test|pars|generat|schema|format|json|valid|empty|incomplete|reject|compil|syntax|lint|bad|answer|output|tool/

/**
 * The kind of a failure, by its words: case and what separates them do not matter, and a number is an HTTP status.
 * A failure is of a kind only if every word of it is listed: `timeout` is transport; of `test timeout` the model may
 * be the cause. Undefined for words that nobody has listed; they count as quality.
 */
export function failureKind(failure: string): FailureKind | undefined {
  if (failure === 'transport') return failure
  const words = wordsOf(failure)
  const { transport, cancelled, configuration, service, filler } = failureWords
  const known = [transport, cancelled, configuration, service, filler]
  const names = (words: readonly string[], listed: ReadonlySet<string>) =>
    words.some((word) => listed.has(word))
  if (words.every((word) => known.some((listed) => listed.has(word)))) {
    if (names(words, transport)) return 'transport'
    if (names(words, cancelled)) return 'cancelled'
    if (names(words, configuration)) return 'configuration'
    if (names(words, service)) return 'transport'
  }
  return qualityWords.test(words.join('')) ? 'quality' : undefined
}

const MOST_CHARS_READ = 200

/** A longer failure as its beginning, or as its kind where the beginning would be of another. winrate.tidy_failure does the same. */
export function shortenFailure(failure: string): string {
  const chars = [...failure.slice(0, 2 * MOST_CHARS_READ)]
  const first = (count: number) => chars.slice(0, count).join('')
  const kindOf = (text: string) => failureKind(text) ?? 'quality'
  const start = first(limits.failureChars)
  const kind = kindOf(first(MOST_CHARS_READ))
  return kindOf(start) === kind ? start : kind
}

/** `RateLimitError`, `rate-limit` and `RATE_LIMIT` have the same words. Statuses become words of their kind. */
function wordsOf(failure: string): readonly string[] {
  const apart = failure
    .replace(/([a-z])([A-Z0-9])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z]|[0-9])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '__')
    .replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
  return (
    `_${apart}_`
      .replace(/([a-z])(error|exception)_/g, '$1_$2_')
      // Bedrock: a bad request.
      .replace(/_validation__exception(?=_)/g, '_request')
      // OpenAI: no money is left, so no waiting helps; other quotas are rate limits.
      .replace(/_insufficient__quota(?=_)/g, '_billing')
      .replace(/_(40[89]|425|429|5[0-9][0-9]|5xx)(?=_)/g, '_server')
      .replace(/_499(?=_)/g, '_cancelled')
      .replace(/_40[127](?=_)/g, '_unauthorized')
      .replace(/_(403|404|410)(?=_)/g, '_notfound')
      .replace(/_4([0-9][0-9]|xx)(?=_)/g, '_request')
      .replace(/_[0-9]+(?=_)/g, '_')
      .split('_')
      .filter((word) => word !== '')
  )
}
