// How often calls of one model fail before an answer, and whether they now fail clearly more often than is usual of it.
//   The alarm is a CUSUM test (Page 1954): it adds up, outcome by outcome, the logarithm of how much likelier an outage makes
// what is seen than the usual rate does, and never falls below 0. With a limit of log 10,000, failures that come by chance at
// the usual rate raise it once in 10,000 outcomes at most (Lorden 1971), where that rate is known; as it is estimated here,
// that holds up to a third. Three failures in a row of a model that rarely fails raise it; of one that fails at 30 % it takes eight.

/** What share of the calls fails in an outage. */
const IN_OUTAGE = 0.9
/** Logarithm of the outcomes between two false alarms. */
const ALARM = Math.log(10_000)
/** What is expected of a model before anything is known, and how many calls that counts as. */
const EXPECTED = 0.02
const EXPECTED_CALLS = 20
/** An outcome counts half after so many others, or after so long. */
const HALF_CALLS = 100
const HALF_MS = 600_000
/** A rate counts as this at most, so that an outage stays likelier, and as what is expected at least: failures come in groups. */
const MOST_USUAL = 0.8

interface Sums {
  calls: number
  failures: number
}

export class FailureRate {
  #expected = EXPECTED
  #usual: Sums = { calls: 0, failures: 0 }
  /** What was seen since the test stood at 0: it may belong to an outage, so it is no part of the usual yet. */
  #unclear: Sums = { calls: 0, failures: 0 }
  #excess = 0
  #atMs = 0

  /** The usual share of calls that fail, 0 to 1. */
  get usual(): number {
    const { calls, failures } = this.#usual
    return (EXPECTED_CALLS * this.#expected + failures) / (EXPECTED_CALLS + calls)
  }

  /** Whether calls fail clearly more often than usual. */
  get isAlarm(): boolean {
    return this.#excess >= ALARM
  }

  /** What the fleet knows of the model; own calls count beside it. */
  expect(share: number): void {
    this.#expected = Math.max(EXPECTED, share)
  }

  add(isFailure: boolean, nowMs: number): void {
    this.fade(nowMs)
    const usual = Math.min(MOST_USUAL, Math.max(EXPECTED, this.usual))
    const likelier = isFailure
      ? Math.log(IN_OUTAGE / usual)
      : Math.log((1 - IN_OUTAGE) / (1 - usual))
    this.#excess = Math.max(0, this.#excess + likelier)
    this.#unclear.calls += 1
    if (isFailure) this.#unclear.failures += 1
    if (this.#excess === 0) this.#settle(true)
  }

  /** Begins again. What was unclear was an outage and is over, or else it counts as usual: its failures as one, as they came together. */
  restart(wasOutage: boolean): void {
    const { calls, failures } = this.#unclear
    this.#excess = 0
    this.#unclear = { calls: calls - Math.max(0, failures - 1), failures: Math.min(1, failures) }
    this.#settle(!wasOutage)
  }

  #settle(isUsual: boolean): void {
    if (isUsual) {
      const kept = 2 ** (-this.#unclear.calls / HALF_CALLS)
      this.#usual.calls = kept * this.#usual.calls + this.#unclear.calls
      this.#usual.failures = kept * this.#usual.failures + this.#unclear.failures
    }
    this.#unclear = { calls: 0, failures: 0 }
  }

  /** What was long ago counts less and less. */
  fade(nowMs: number): void {
    const kept = 2 ** (-Math.max(0, nowMs - this.#atMs) / HALF_MS)
    this.#atMs = nowMs
    this.#usual.calls *= kept
    this.#usual.failures *= kept
  }
}
