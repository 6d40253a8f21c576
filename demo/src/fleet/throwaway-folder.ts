// The folder of a run's Postgres. It holds its owner's pid, so that the next run can remove the folder of a
// killed demo and leave that of a running one.
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cleanups } from './cleanups.ts'
import { endPostgres } from './end-postgres.ts'
import { isAlive } from './is-alive.ts'
import { scratchParent } from './scratch-parent.ts'

const PREFIX = 'winrate-demo-'
const OWNER_FILE = 'demo.pid'
/** A folder without an owner is either brand-new or was abandoned before it got one. */
const UNNAMED_GRACE_MS = 60_000

export interface ThrowawayFolder {
  readonly path: string
  /** Ends a Postgres that still runs in the folder, and removes the folder. */
  remove(): Promise<void>
}

/** Creates the folder of this run, which the cleanups remove, after removing those of killed runs. */
export async function takeThrowawayFolder(
  cleanups: Cleanups,
  say: (line: string) => void,
): Promise<ThrowawayFolder> {
  const parent = await scratchParent()
  const leftovers = await removeLeftoverFolders(parent, Date.now())
  if (leftovers > 0) say(`  removed what ${leftovers} killed demo(s) left behind`)
  const folder = await createThrowawayFolder(parent)
  cleanups.add(() => folder.remove())
  return folder
}

export async function createThrowawayFolder(parent: string): Promise<ThrowawayFolder> {
  const path = await mkdtemp(join(parent, PREFIX))
  await writeFile(join(path, OWNER_FILE), String(process.pid))
  // Root runs Postgres as another user, who must be able to enter the folder.
  await chmod(path, 0o711)
  return { path, remove: () => removeFolder(path) }
}

/** Removes the folders of demos that no longer run, and returns their number. */
export async function removeLeftoverFolders(parent: string, nowMs: number): Promise<number> {
  const names = await readdir(parent)
  let removed = 0
  for (const name of names.filter((one) => one.startsWith(PREFIX))) {
    const path = join(parent, name)
    if (!(await isLeftover(path, nowMs))) continue
    await removeFolder(path)
    removed += 1
  }
  return removed
}

async function isLeftover(path: string, nowMs: number): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined)
  // Leaves other users' folders alone.
  if (facts?.isDirectory() !== true || facts.uid !== process.getuid?.()) return false
  const owner = await readFile(join(path, OWNER_FILE), 'utf8').catch(() => '')
  if (owner === '') return nowMs - facts.mtimeMs > UNNAMED_GRACE_MS
  return !isAlive(Number(owner))
}

async function removeFolder(path: string): Promise<void> {
  await endPostgres(postgresFolder(path))
  await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}

/** The data folder of Postgres within the folder. */
export function postgresFolder(path: string): string {
  return join(path, 'postgres')
}
