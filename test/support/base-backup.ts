// A base backup of a server that runs, by the functions that Postgres has for it: pg_basebackup is not among the embedded binaries.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, chown, copyFile, mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onServer } from './server-databases.ts'

/** Copies the data folder of the embedded Postgres at this URL. */
export async function takeBaseBackup(url: string, from: string, to: string): Promise<void> {
  const [source, target] = [join(from, 'cluster'), join(to, 'cluster')]
  await mkdir(target, { recursive: true })
  await copyFile(join(from, 'password'), join(to, 'password'))
  await onServer(url, async (client) => {
    await client.query(`select pg_backup_start('a test', true)`)
    await copyFiles(source, target, ['--exclude=./postmaster.*', '--exclude=./pg_wal/*', '.'])
    const { rows } = await client.query<{ label: string }>(
      'select labelfile as label from pg_backup_stop(false)',
    )
    await writeAsServer(target, 'backup_label', rows[0]?.label ?? '')
  })
  // What was written meanwhile, up to the end of the backup at least.
  await copyFiles(source, target, ['./pg_wal'])
}

/** Lets the copy recover as a server of its own, on a new timeline. */
export async function prepareRecovery(folder: string): Promise<void> {
  const cluster = join(folder, 'cluster')
  await writeAsServer(cluster, 'recovery.signal', '')
  // There is no archive: all that there is lies in the backup.
  await appendFile(join(cluster, 'postgresql.auto.conf'), `restore_command = 'false'\n`)
}

/** A file that belongs to whoever runs the server. */
async function writeAsServer(cluster: string, name: string, text: string): Promise<void> {
  const { uid, gid } = await stat(join(cluster, 'PG_VERSION'))
  await writeFile(join(cluster, name), text)
  await chown(join(cluster, name), uid, gid)
}

async function copyFiles(from: string, to: string, what: readonly string[]): Promise<void> {
  const read = spawn('tar', ['-C', from, '-cf', '-', ...what], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const write = spawn('tar', ['-C', to, '-xpf', '-'], { stdio: ['pipe', 'ignore', 'inherit'] })
  read.stdout.pipe(write.stdin)
  const ends = [once(read, 'close'), once(write, 'close')]
  const [readCode, writeCode] = (await Promise.all(ends)).map(([code]) => Number(code))
  // 1: files changed while they were read, as they may.
  if (readCode === undefined || readCode > 1 || writeCode !== 0)
    throw new Error(`tar ended with ${readCode} and ${writeCode}`)
}
