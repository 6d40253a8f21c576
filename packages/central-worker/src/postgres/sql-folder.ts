// Where the SQL files are: migrations, functions, triggers and rights.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The nearest folder `drizzle` above this code: in a clone and in the image that of the repository, in an installed
 * package its own.
 */
export function findSqlFolder(from = dirname(fileURLToPath(import.meta.url))): string {
  const folder = join(from, 'drizzle')
  if (existsSync(join(folder, 'meta', '_journal.json'))) return folder
  const above = dirname(from)
  if (above === from)
    throw new Error('the folder drizzle with the migrations is missing: install the package again')
  return findSqlFolder(above)
}
