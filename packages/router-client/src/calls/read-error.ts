// What to make of an error that a call threw. Which words mean what is said once, in failureKind; here is what
// another attempt needs to know besides: who could do better.
import { failureKind, unavailability } from '@winrate/shared-schema/contracts'
import { BILLING, failureWord, thrownParts } from '../outcomes/record/read-failure.ts'
import { readRetryAfter } from '../outcomes/record/read-retry-after.ts'
import { isRecord } from '../runtime/unknown-value.ts'

export interface Thrown {
  /** What is recorded; undefined for what no model should be told of. */
  readonly failure: string | number | undefined
  /** Who may do better: anybody, only another model or provider, or nobody. */
  readonly next: 'anyone' | 'other-model' | 'other-provider' | 'nobody'
  /** What to do about it, for a person; undefined where nothing is. */
  readonly advice?: string | undefined
  readonly retryAfterMs?: number | undefined
}

/** In what a provider says of a bad request: another model may take it. */
const OTHER_MODEL =
  /context|too.?(long|large|many)|maximum|unsupported|not.support|model|content.?(filter|policy)|safety/i
const WRONG_KEY = /api.?key.{0,20}(not.valid|invalid|expired)|(invalid|expired).{0,20}api.?key/i
/** Errors of a program, not of a call. `fetch` throws some of them too, but with a cause. */
const BUGS = ['TypeError', 'ReferenceError']
const UNREADABLE = 'unreadable'
const CHECK_ACCOUNT = 'check its key, account and billing'

/** Never throws. */
export function readError(thrown: unknown, nowMs: number): Thrown {
  try {
    return classify(thrown, nowMs)
  } catch {
    return { failure: UNREADABLE, next: 'anyone' }
  }
}

function classify(thrown: unknown, nowMs: number): Thrown {
  const word = failureWord(thrown)
  const kind = word === undefined ? undefined : failureKind(String(word))
  const errors = [...thrownParts(thrown)]
  const retryAfterMs = readRetryAfter(thrown, nowMs)
  if (kind === 'transport') return { failure: word, next: 'anyone', retryAfterMs }
  if (kind === 'cancelled') return { failure: undefined, next: 'nobody' }
  if (word === BILLING) return { failure: word, next: 'other-provider', advice: CHECK_ACCOUNT }
  if (BUGS.includes(String(errors[0]?.['name']))) return { failure: undefined, next: 'nobody' }
  if (kind !== 'configuration') return { failure: word ?? UNREADABLE, next: 'anyone' }
  const status = [word, ...errors.flatMap(statuses)].map(Number).find(isStatus)
  const said = errors.map((error) => `${error['code']} ${error['type']} ${error['message']}`).join()
  const isRequest =
    status === undefined
      ? /request|argument|unprocessable|validation/i.test(String(word))
      : unavailability(String(status)) === undefined
  // Google says so with 400.
  const isWrongKey = WRONG_KEY.test(said)
  if (isRequest && !isWrongKey) {
    const mayFit = status === 413 || OTHER_MODEL.test(said)
    // A word that blames nobody, whatever the provider's code says.
    return mayFit
      ? { failure: status ?? 'bad request', next: 'other-model' }
      : { failure: undefined, next: 'nobody' }
  }
  const isRefused = isWrongKey || unavailability(String(status ?? word)) === 'refused'
  return isRefused
    ? { failure: word, next: 'other-provider', advice: CHECK_ACCOUNT }
    : {
        ...{ failure: word, next: 'other-model' },
        advice:
          'check the name of the model and the right to use it, or leave it out of the candidates',
      }
}

/** Where an error may have its status: beside what SDKs and proxies name it, in AWS' metadata. */
function statuses({ status, statusCode, code, $metadata: about }: Record<string, unknown>) {
  return [status, statusCode, code, isRecord(about) ? about['httpStatusCode'] : undefined]
}

function isStatus(value: number): boolean {
  return Number.isInteger(value) && value >= 400 && value < 500
}
