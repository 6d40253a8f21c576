// A dump that was taken under load is loaded into another database of the same server. Needs a pg_dump of the server's version or newer.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { expectRestored } from '../support/restored.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { runWorkerCommand } from '../support/worker-process.ts'

const run = promisify(execFile)
const original = await createTestDatabase()
const copy = await createTestDatabase({ migrated: false })
const canDump = await isDumpNewEnough()

async function isDumpNewEnough(): Promise<boolean> {
  const { stdout } = await run('pg_dump', ['--version']).catch(() => ({ stdout: '' }))
  const [row] = await original.rows<{ major: number }>(
    `select current_setting('server_version_num')::int / 10000 as major`,
  )
  return Number(/\d+/.exec(stdout)?.[0] ?? 0) >= (row?.major ?? 0)
}

test.skipIf(!canDump)(
  'a dump that was taken under load is loaded, and begins the epoch that it is told',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'winrate-dump-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const file = join(folder, 'winrate.dump')
    await expectRestored({
      url: original.url,
      async backUp() {
        await run('pg_dump', ['--format=custom', `--file=${file}`, original.url])
      },
      async restore() {
        await run('pg_restore', ['--exit-on-error', `--dbname=${copy.url}`, file])
        const command = await runWorkerCommand(['new-epoch'], { DATABASE_URL: copy.url })
        expect(command).toMatchObject({ exitCode: 0 })
        return copy.url
      },
    })
  },
)
