// The folder that a run's Postgres lives in. It is named by its owner's pid, so that the next run can
// tell what a demo that was killed outright has left behind from what another one is using.
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { endPostgres } from './end-postgres.ts'
import { isAlive } from './is-alive.ts'

const PREFIX = 'winrate-demo-'
const OWNER_FILE = 'demo.pid'
/** A folder without an owner's name is only just being made, or was left before it got one. */
const UNNAMED_GRACE_MS = 60_000

export interface ThrowawayFolder {
  readonly path: string
  /** Ends the Postgres that still runs in it, if one does, and removes it. */
  remove(): Promise<void>
}

export async function createThrowawayFolder(parent: string): Promise<ThrowawayFolder> {
  const path = await mkdtemp(join(parent, PREFIX))
  await writeFile(join(path, OWNER_FILE), String(process.pid))
  // As root, Postgres runs as another user, who must be able to pass through.
  await chmod(path, 0o711)
  return { path, remove: () => removeFolder(path) }
}

/** Removes the folders of demos that are no longer there; says how many. */
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
  // Another user's folder is not ours to judge.
  if (facts?.isDirectory() !== true || facts.uid !== process.getuid?.()) return false
  const owner = await readFile(join(path, OWNER_FILE), 'utf8').catch(() => '')
  if (owner === '') return nowMs - facts.mtimeMs > UNNAMED_GRACE_MS
  return !isAlive(Number(owner))
}

async function removeFolder(path: string): Promise<void> {
  await endPostgres(postgresFolder(path))
  await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}

/** Where in the folder Postgres keeps its data. */
export function postgresFolder(path: string): string {
  return join(path, 'postgres')
}
