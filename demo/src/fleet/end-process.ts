import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** Asks a child process to end and waits for it; kills it after `timeoutMs`. */
export async function endProcess(
  child: ChildProcess,
  { signal, timeoutMs }: { readonly signal: NodeJS.Signals; readonly timeoutMs: number },
): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  await ended
  clearTimeout(timer)
}
