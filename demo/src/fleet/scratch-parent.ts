import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, resolve } from 'node:path'

/**
 * The parent of temporary folders: the system's folder for temporary files. Root runs Postgres as another user,
 * so for root it is the first such folder that every user may enter.
 */
export async function scratchParent(): Promise<string> {
  const preferred = resolve(tmpdir())
  if (process.getuid?.() !== 0) return preferred
  for (const folder of [preferred, '/tmp', '/var/tmp']) {
    if (await isOpenToAll(folder)) return folder
  }
  return preferred
}

async function isOpenToAll(folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    const facts = await stat(at).catch(() => undefined)
    if (facts === undefined || (facts.mode & 0o001) === 0) return false
    if (at === dirname(at)) return true
  }
}
