// A base backup that was taken under load is restored.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '@winrate/central-worker'
import { onTestFinished, test } from 'vitest'
import { prepareRecovery, takeBaseBackup } from '../support/base-backup.ts'
import { expectRestored } from '../support/restored.ts'

test('a base backup that was taken under load is restored into a new epoch', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-restore-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  // The user that runs the server passes through it.
  await chmod(folder, 0o711)
  const [lostDir, copyDir] = [join(folder, 'lost'), join(folder, 'copy')]
  const lost = await startEmbeddedPostgres({ dataDir: lostDir })
  onTestFinished(lost.stop)
  await expectRestored({
    url: lost.connectionString,
    backUp: () => takeBaseBackup(lost.connectionString, lostDir, copyDir),
    async restore() {
      await lost.stop()
      await prepareRecovery(copyDir)
      const restored = await startEmbeddedPostgres({ dataDir: copyDir })
      onTestFinished(restored.stop)
      return restored.connectionString
    },
  })
})
