// The packages with which Winrate is compared. They live in bench/peers, outside the workspace, and are
// installed only when a benchmark first needs them.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UsageError } from '@winrate/demo/errors'

/** The folder with the peers' packages and their contenders, which are .mjs files. */
export const peersFolder = fileURLToPath(new URL('../../peers', import.meta.url))

const manifestFile = join(peersFolder, 'package.json')
const stampFile = join(peersFolder, 'node_modules', '.installed')

/** The oldest major version of Node that all peers accept. */
const LEAST_NODE_MAJOR = 24

export interface Peers {
  /** The Node that runs the contenders: this one if it is new enough. */
  readonly node: string
  /** Installed versions by package name, including Node's. */
  readonly versions: Readonly<Record<string, string>>
}

/** Installs the peers if they are missing. Needs npm and its registry. */
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
    throw new UsageError(
      `the peers need Node ${LEAST_NODE_MAJOR}: run the benchmark with that version`,
    )
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
      else reject(new Error(`${command} ${args[0]} exited with ${code}`))
    })
  })
}

function parseManifest(text: string): { readonly dependencies: Record<string, string> } {
  const { dependencies } = JSON.parse(text)
  return { dependencies }
}
