import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_MS = 50

/** Waits until `look` returns true; returns false if that takes too long. */
export async function becomesTrue(
  look: () => Promise<boolean> | boolean,
  timeoutMs: number,
): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs
  while (!(await look())) {
    if (performance.now() > deadlineMs) return false
    await sleep(LOOK_MS)
  }
  return true
}
