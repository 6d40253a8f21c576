import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'

/**
 * What publint and arethetypeswrong find wrong with a package, and what is missing in it.
 *
 * @param folder The unpacked tarball.
 * @param ignored Resolutions that the package does without.
 */
export async function findPackageProblems(
  tarball: string,
  folder: string,
  ignored: readonly string[],
): Promise<unknown[]> {
  const { messages } = await publint({ pkgDir: folder, pack: false, strict: true })
  const checked = await checkPackage(createPackageFromTarballData(await readFile(tarball)))
  const problems = checked.types === false ? ['no types'] : checked.problems
  const files = await readdir(folder)
  const { repository } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  return [
    ...messages,
    ...problems.filter(
      (problem) =>
        typeof problem === 'string' ||
        !('resolutionKind' in problem) ||
        !(
          ignored.includes(problem.resolutionKind) ||
          // Only for runtimes with ES modules.
          problem.entrypoint === './edge'
        ),
    ),
    ...['CHANGELOG.md', 'LICENSE', 'README.md'].filter((name) => !files.includes(name)),
    ...(repository?.directory === undefined ? ['no repository'] : []),
  ]
}
