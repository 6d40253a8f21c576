// The packages that Winrate is measured against. They live in bench/peers, outside the workspace, and
// are installed when a benchmark first needs them, so that nobody else pays for them.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UsageError } from '@winrate/demo/errors'

/** Where the peers' contenders, plain .mjs files, find their packages. */
export const peersFolder = fileURLToPath(new URL('../../peers', import.meta.url))

const manifestFile = join(peersFolder, 'package.json')
const stampFile = join(peersFolder, 'node_modules', '.installed')

/** The newest Node that all peers support; some refuse older ones. */
const LEAST_NODE_MAJOR = 24

export interface Peers {
  /** The Node to run the contenders with: this one where it is new enough. */
  readonly node: string
  /** Installed versions by package name, Node's among them. */
  readonly versions: Readonly<Record<string, string>>
}

/** Installs the peers unless they are there. Needs npm and its registry. */
export async function installPeers(): Promise<Peers> {
  const manifest = await readFile(manifestFile, 'utf8')
  const stamp = await readFile(stampFile, 'utf8').catch(() => '')
  if (stamp !== manifest) {
    process.stderr.write('Installing the peers (once)…\n')
    await npmInstall()
    await writeFile(stampFile, manifest)
  }
  const { dependencies } = parseManifest(manifest)
  const node = peerNode()
  return { node, versions: { ...dependencies, node: await versionOf(node) } }
}

function peerNode(): string {
  const [major = 0] = process.versions.node.split('.').map(Number)
  if (major >= LEAST_NODE_MAJOR) return process.execPath
  const binary = join(
    peersFolder,
    'node_modules',
    `node-${process.platform}-${process.arch}`,
    'bin/node',
  )
  if (!existsSync(binary)) {
    throw new UsageError(`the peers need Node ${LEAST_NODE_MAJOR}: run the benchmark with it`)
  }
  return binary
}

async function npmInstall(): Promise<void> {
  const args = ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error']
  await run('npm', args, peersFolder)
}

async function versionOf(node: string): Promise<string> {
  return (await run(node, ['--version'], peersFolder)).trim().replace(/^v/, '')
}

function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (text) => {
      output += text
    })
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(output)
      else reject(new Error(`${command} ${args[0]} ended with ${code}`))
    })
  })
}

function parseManifest(text: string): { readonly dependencies: Record<string, string> } {
  const { dependencies } = JSON.parse(text)
  return { dependencies }
}
