import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const server = fileURLToPath(new URL('../fixtures/router-client/black-hole.mjs', import.meta.url))

/** Returns the port of a server to which no connection succeeds. */
export async function startBlackHole(onTestFinished: (end: () => void) => void): Promise<string> {
  const blackHole = spawn(process.execPath, [server], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void blackHole.kill('SIGKILL'))
  const [port] = await once(blackHole.stdout, 'data')
  return String(port).trim()
}
