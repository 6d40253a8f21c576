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
    altname available busy capacity cert certificate circuit closed concurrency concurrent
    conflict connect connection connector daily deadline disconnect disconnected dns
    eaddrnotavail eai econnaborted econnrefused econnreset ehostdown ehostunreach enetdown
    enetreset enetunreach enotfound eof epipe eproto esockettimedout etimedout exhausted fetch
    gateway goaway handshake hang hangup hung interrupted limited maintenance many network
    nxdomain offline out outage overload overloaded pipe premature protocol proxy quota rate
    ratelimit ratelimited ready reset rpm server socket ssl stalled terminated throttle
    throttled throttles throttling timed timedout timeout timeouts tls toomanyrequests tpm
    transport unavailable unreachable unreadable unresponsive`),
  cancelled: list('abort aborted cancel canceled cancellation cancelled ecanceled'),
  configuration: list(`
    access apikey argument auth authentication authorization badrequest balance billing config
    configuration credential credentials credit credits deactivated decommissioned denied
    deprecated disabled exist exists expired forbidden found gone insufficient invalidrequest
    key misconfiguration misconfigured notfound payment permission permissiondenied permissions
    precondition request restricted retired such supported suspended unauthenticated
    unauthorised unauthorized unimplemented unprocessable unrecognized unsupported`),
  service: list('api internal provider providers service upstream'),
  filler: list(`
    account again ai aiohttp and anthropic assistant asyncio at attempt azure bad be bedrock
    been body breaker broken by call chain client close cloudflare code cohere country currently
    deepseek deployment depth did do does down due endpoint endpoints engine entity err errno
    error exceeded exception exceptions fail failed failure for from functionality funds gemini
    google groq grpc had hard has headers host http https httpx in incorrect invalid is it large
    later limit limits litellm llm load lost max method missing mistral model name no not of on
    open openai openrouter operation or organization parameter peer please project provided
    reached read refused region remote requests required resource response retries retry rights
    rpc sdk self session signed status stream temporarily territory the this time to token too
    try und up url user value vertex was while with write wrong zero`),
} as const

/** What a model does wrong, in the words that callers use: nothing to warn of. */
const qualityWords =
  /quality|refus|filter|safety|block|prohibit|recitation|moderat|malformed|policy|wrong|incorrect|inaccura|hallucin|truncat|length|token|context|test|parse|pars|schema|format|json|valid|empty|incomplete|reject|compil|syntax|lint|bad|answer|output|tool/

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
  if (failure.length <= limits.failureChars) return failure
  const chars = [...failure.slice(0, 2 * MOST_CHARS_READ)].slice(0, MOST_CHARS_READ)
  const start = chars.slice(0, limits.failureChars).join('')
  const kind = failureKind(chars.join('')) ?? 'quality'
  return (failureKind(start) ?? 'quality') === kind ? start : kind
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
      .replace(/_(40[89]|425|429|5[0-9][0-9]|5xx)(?=_)/g, '_server')
      .replace(/_499(?=_)/g, '_cancelled')
      .replace(/_4([0-9][0-9]|xx)(?=_)/g, '_request')
      .replace(/_[0-9]+(?=_)/g, '_')
      .split('_')
      .filter((word) => word !== '')
  )
}
