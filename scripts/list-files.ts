import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Folders that git ignores. */
const ignored = new Set(['.git', 'node_modules', 'dist', 'coverage', '.winrate', '__pycache__'])

/** The files below a folder as relative paths, without what git ignores. */
export function listFiles(folder: string, path = ''): string[] {
  return readdirSync(join(folder, path), { withFileTypes: true }).flatMap((entry) => {
    const inside = path === '' ? entry.name : `${path}/${entry.name}`
    if (!entry.isDirectory()) return [inside]
    return ignored.has(entry.name) ? [] : listFiles(folder, inside)
  })
}
