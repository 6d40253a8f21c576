import type { RateLimitedWarning } from '../runtime/rate-limited-warning.ts'
import type { Breaker, CoolingCause } from './breaker.ts'

/** A model, or a provider as a whole, that decisions avoid because calls of it fail. */
export interface Cooling {
  readonly provider: string
  /** The name that win rates are kept under; absent where all models of the provider cool down. */
  readonly modelName?: string | undefined
  /**
   * - `transport`: calls fail on the way or by load, or are not answered.
   * - `refused`: the provider does not let this caller in: its key, account or billing.
   * - `missing`: the provider has no such model for this caller.
   * - `asked`: the provider asked to wait (Retry-After).
   * - `fleet`: other instances cannot reach it.
   */
  readonly cause: CoolingCause
  /** The failure as it was recorded. */
  readonly failure?: string | undefined
  /** Milliseconds since 1970. */
  readonly sinceMs: number
  /** When it is tried again, by one request; milliseconds since 1970. Not before so many requests if calls are frequent. */
  readonly untilMs: number
  /** What is the matter and what to do about it. */
  readonly message: string
}

interface Named {
  readonly provider: string
  readonly modelName: string | undefined
}

export function describeCooling(
  { provider, modelName }: Named,
  breaker: Breaker,
): Cooling | undefined {
  const { open } = breaker
  if (open === undefined) return undefined
  const { cause, word, sinceMs, untilMs } = open
  const what = modelName === undefined ? `the models of ${provider}` : `${modelName} of ${provider}`
  const why = word === undefined ? '' : ` (${word})`
  const messages: Readonly<Record<CoolingCause, string>> = {
    transport: `calls of ${what} fail${why}: other models come first until one answers again`,
    refused: `${provider} refuses calls${why}: check its key, account and billing; other providers come first meanwhile`,
    missing: `${provider} has no ${modelName} for this caller${why}: check its name and the right to use it, or leave it out of the candidates; other models come first meanwhile`,
    asked: `${provider} asked to wait${why} before the next call of ${what}`,
    fleet: `other instances cannot reach ${what}: other models come first until one of them gets an answer`,
  }
  return {
    provider,
    ...(modelName !== undefined && { modelName }),
    cause,
    ...(word !== undefined && { failure: word }),
    ...{ sinceMs, untilMs, message: messages[cause] },
  }
}

interface Unavailable extends Named {
  readonly cause: CoolingCause
  readonly problem: string
}

/** One line of one cause, whoever notices it first. */
export function warnUnavailable(
  warn: RateLimitedWarning,
  { cause, provider, modelName, problem }: Unavailable,
): void {
  warn('unavailable', `${cause} ${provider} ${modelName}`, {
    provider,
    ...(modelName !== undefined && { modelName }),
    problem,
  })
}
