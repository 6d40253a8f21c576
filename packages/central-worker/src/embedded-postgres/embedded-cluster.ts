// The folder of the embedded Postgres: its cluster and password. The first process creates them.
import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, chown, link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  EmbeddedPostgresError,
  embeddedHome,
  exists,
  findRunAs,
  isOpenToAll,
  locatePgmqExtension,
  locatePostgres,
  type RunAs,
} from './embedded-binaries.ts'

/** Name of the cluster's superuser. */
export const USER = 'winrate'

export interface Cluster {
  readonly dataDir: string
  readonly binDir: string
  readonly extensionDir: string
  readonly password: string
  readonly runAs: RunAs | undefined
}

/** Finds the binaries and creates what is missing in the folder. */
export async function prepareCluster(dataDir: string): Promise<Cluster> {
  const home = embeddedHome(process.env)
  const runAs = await findRunAs()
  const [postgresDir, extensionDir] = await Promise.all([
    locatePostgres(home, runAs),
    locatePgmqExtension(home),
  ])
  await mkdir(dataDir, { recursive: true })
  // The user that runs the server must be able to enter the folder, not to read it.
  if (runAs !== undefined) {
    await chmod(dataDir, 0o711)
    if (!(await isOpenToAll(dataDir))) {
      throw new EmbeddedPostgresError(
        `Postgres does not run as root, and the user it would run as may not enter ${dataDir}: choose a data folder that every user may pass through`,
      )
    }
  }
  const binDir = join(postgresDir, 'bin')
  const password = await readOrMakePassword(dataDir)
  const cluster = { dataDir, binDir, extensionDir, password, runAs }
  if (!(await exists(join(dataDir, 'cluster', 'PG_VERSION')))) await initialiseCluster(cluster)
  return cluster
}

async function readOrMakePassword(dataDir: string): Promise<string> {
  const path = join(dataDir, 'password')
  if (!(await exists(path))) {
    // Written aside and linked, so that the file is complete or absent, and never replaced once it was read.
    const temporary = `${path}.${randomUUID()}`
    await writeFile(temporary, randomBytes(24).toString('hex'), { mode: 0o600 })
    await link(temporary, path)
      .catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      })
      .finally(() => rm(temporary, { force: true }))
  }
  return readFile(path, 'utf8')
}

async function initialiseCluster({ dataDir, binDir, password, runAs }: Cluster): Promise<void> {
  const folder = join(dataDir, `cluster.${randomUUID()}`)
  await mkdir(folder, { mode: 0o700 })
  const passwordFile = `${folder}.password`
  try {
    await writeFile(passwordFile, password, { mode: 0o600 })
    for (const path of [folder, passwordFile]) {
      if (runAs !== undefined) await chown(path, runAs.uid, runAs.gid)
    }
    const access = ['-U', USER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`]
    const args = ['-D', folder, ...access, '-E', 'UTF8', '--locale=C']
    await runInitdb(join(binDir, 'initdb'), args, { cwd: dataDir, runAs })
    await rename(folder, join(dataDir, 'cluster'))
  } catch (error) {
    // Another process may have created the cluster meanwhile.
    if (!(await exists(join(dataDir, 'cluster', 'PG_VERSION')))) throw error
  } finally {
    await rm(passwordFile, { force: true })
    await rm(folder, { recursive: true, force: true })
  }
}

function runInitdb(
  command: string,
  args: readonly string[],
  { cwd, runAs }: { cwd: string; runAs: RunAs | undefined },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...runAs, cwd, env: serverEnvironment() })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += String(chunk)
      })
    }
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new EmbeddedPostgresError(`initdb failed (exit code ${code}): ${output.trim()}`))
    })
  })
}

/** Of this process's environment the server gets only PATH. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' }
}
