// What is published: the packed client and worker, as those see them who install them.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'winrate-contents-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each([
  // Who imports it has Node 20, which resolves by `exports`.
  ['router-client', ['node10']],
  // ES modules only: Node 20.19 can require them.
  ['central-worker', ['node10', 'node16-cjs']],
])('%s', (name, ignored) => {
  let tarball: Buffer
  let unpacked: string

  beforeAll(async () => {
    const cwd = fileURLToPath(new URL(`../../packages/${name}`, import.meta.url))
    const to = await mkdtemp(join(folder, 'pack-'))
    await run('npm', ['pack', '--silent', '--pack-destination', to], { cwd })
    const [file = ''] = await readdir(to)
    tarball = await readFile(join(to, file))
    await run('tar', ['-xzf', join(to, file), '-C', to])
    unpacked = join(to, 'package')
  }, 240_000)

  it('has a manifest that publint finds nothing wrong with', async () => {
    const { messages } = await publint({ pkgDir: unpacked, pack: false, strict: true })
    expect(messages).toEqual([])
  })

  it('has types that every resolution finds', async () => {
    const { types, problems } = {
      problems: [],
      ...(await checkPackage(createPackageFromTarballData(tarball))),
    }
    expect(types).toMatchObject({ kind: 'included' })
    const found = problems.filter(
      (problem) => !('resolutionKind' in problem && ignored.includes(problem.resolutionKind)),
    )
    expect(found).toEqual([])
  })

  it('says what it is, under which licence, where it comes from and what has changed', async () => {
    expect(await readdir(unpacked)).toEqual(
      expect.arrayContaining(['CHANGELOG.md', 'LICENSE', 'README.md']),
    )
    const manifest = JSON.parse(await readFile(join(unpacked, 'package.json'), 'utf8'))
    expect(manifest.repository.directory).toBe(`packages/${name}`)
  })
})
