// A throwaway nginx before a worker, for tests and benchmarks: with the file of deploy/nginx, in which only addresses and the folder of
// the cache are replaced.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endProcess } from './end-process.ts'
import { findFreePort } from './free-port.ts'

export interface Nginx {
  readonly url: string
  readonly pid: number
  /** Holds the cached answers. */
  readonly cacheFolder: string
  stop(): Promise<void>
}

const deployed = new URL('../../../deploy/nginx/winrate.conf', import.meta.url)
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 5_000

/** Whether there is an nginx on the PATH. */
export async function hasNginx(): Promise<boolean> {
  const child = spawn('nginx', ['-v'], { stdio: 'ignore' })
  const [code] = await once(child, 'close').catch(() => [1])
  return code === 0
}

/** Starts the nginx on the PATH before the worker at this URL, with one process that serves. */
export async function startNginx(workerUrl: string): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-nginx-'))
  const port = await findFreePort()
  const cacheFolder = join(folder, 'cache')
  const config = replaceEach(await readFile(deployed, 'utf8'), {
    'server 127.0.0.1:8787;': `server ${new URL(workerUrl).host};`,
    'listen 8080;': `listen 127.0.0.1:${port};`,
    '/run/winrate-snapshots ': `${cacheFolder} `,
  })
  await writeFile(join(folder, 'winrate.conf'), config)
  await writeFile(join(folder, 'nginx.conf'), mainConfig(folder))
  const child = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', (text) => {
    log = `${log}${String(text)}`.slice(-10_000)
  })
  async function stop(): Promise<void> {
    await endProcess(child, { signal: 'SIGTERM', timeoutMs: STOP_TIMEOUT_MS })
    await rm(folder, { recursive: true, force: true })
  }
  const deadlineMs = Date.now() + START_TIMEOUT_MS
  while (!(await accepts(port))) {
    if (child.exitCode !== null || Date.now() > deadlineMs) {
      await stop()
      throw new Error(`nginx does not start: ${log}`)
    }
    await sleep(20)
  }
  return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, cacheFolder, stop }
}

function mainConfig(folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return [
    // The processes that serve belong to whoever starts it, so they may write into the folder.
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'daemon off;',
    'worker_processes 1;',
    `pid ${folder}/nginx.pid;`,
    'error_log stderr;',
    'events { worker_connections 4096; }',
    'http {',
    '  access_log off;',
    ...temporary.map((name) => `  ${name}_temp_path ${folder}/${name};`),
    `  include ${folder}/winrate.conf;`,
    '}',
  ].join('\n')
}

function replaceEach(text: string, replacements: Readonly<Record<string, string>>): string {
  return Object.entries(replacements).reduce((config, [given, wanted]) => {
    if (config.split(given).length !== 2) throw new Error(`winrate.conf has not once: ${given}`)
    return config.replace(given, wanted)
  }, text)
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const isOpen = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return isOpen
}
