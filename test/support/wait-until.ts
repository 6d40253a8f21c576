import { setTimeout as delay } from 'node:timers/promises'

export interface WaitOptions {
  /** What the test waits for; the error of a timeout names it. */
  readonly describe: string
  readonly timeoutMs?: number
}

/** Waits until `condition` returns something other than false and undefined, and returns that. */
export async function waitUntil<T>(
  condition: () => T | Promise<T>,
  { describe, timeoutMs = 120_000 }: WaitOptions,
): Promise<Exclude<T, undefined | false>> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const result = await condition()
    if (isSomething(result)) return result
    if (Date.now() > deadline)
      throw new Error(`waited ${timeoutMs} ms without success: ${describe}`)
    await delay(20)
  }
}

function isSomething<T>(result: T): result is Exclude<T, undefined | false> {
  return result !== undefined && result !== false
}
