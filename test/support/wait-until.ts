import { setTimeout as delay } from 'node:timers/promises'

export interface WaitOptions {
  /** What is waited for, for the message of a test that waits in vain. */
  readonly describe: string
  readonly timeoutMs?: number
}

/** Waits until `condition` gives something, and answers with it; false and undefined are nothing. */
export async function waitUntil<T>(
  condition: () => T | Promise<T>,
  { describe, timeoutMs = 30_000 }: WaitOptions,
): Promise<Exclude<T, undefined | false>> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const result = await condition()
    if (isSomething(result)) return result
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${describe}`)
    await delay(20)
  }
}

function isSomething<T>(result: T): result is Exclude<T, undefined | false> {
  return result !== undefined && result !== false
}
