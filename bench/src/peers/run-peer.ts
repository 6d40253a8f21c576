import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { endProcess } from '@winrate/demo/fleet/end-process'
import { peersFolder } from './peer-packages.ts'

export interface PeerProcess {
  /** The Node that the peers need. */
  readonly node: string
  readonly onEnd: (step: () => Promise<void>) => void
}

const STOP_TIMEOUT_MS = 5_000

/** Runs a script of bench/peers with its job, and returns the JSON in the last line that it prints. */
export async function runPeer(
  script: string,
  job: { readonly peer: string; readonly url?: string },
  { node, onEnd }: PeerProcess,
): Promise<unknown> {
  const child = spawn(node, [join(peersFolder, script), JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onEnd(() => endProcess(child, { signal: 'SIGTERM', timeoutMs: STOP_TIMEOUT_MS }))
  const output = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (part) => {
      text += part
    })
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(text)
      else reject(new Error(`${job.peer} exited with ${code}`))
    })
  })
  return JSON.parse(output.trim().split('\n').at(-1) ?? '')
}
