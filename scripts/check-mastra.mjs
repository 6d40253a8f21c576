// `npm run check:mastra`: installs Mastra in a project of its own, as it takes 130 MB, checks the types of examples/mastra.mjs there
// and runs it. It needs the npm registry, so it is no part of `npm run check`.
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Mastra's types know an earlier LanguageModelV4 than the AI SDK 7's providers return, so those of the AI SDK 6 are checked. */
const INSTALLED = ['@mastra/core@1.71.0', '@ai-sdk/openai@3.0.141']
const root = fileURLToPath(new URL('..', import.meta.url))
const project = mkdtempSync(join(tmpdir(), 'winrate-mastra-'))
process.once('exit', () => rmSync(project, { recursive: true, force: true }))
const run = (/** @type {string} */ command, /** @type {string[]} */ ...args) =>
  execFileSync(command, args, { cwd: project, stdio: 'inherit' })

writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }')
run('npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts', ...INSTALLED)
for (const name of ['mastra.mjs', 'local-provider.mjs']) {
  cpSync(join(root, 'examples', name), join(project, name))
}
for (const name of ['@winrate/router-client', '@types/node']) {
  const link = join(project, 'node_modules', name)
  rmSync(link, { recursive: true, force: true })
  mkdirSync(join(link, '..'), { recursive: true })
  symlinkSync(realpathSync(join(root, 'node_modules', name)), link)
}
const compilerOptions = {
  ...{ allowJs: true, checkJs: true, noEmit: true, strict: true, skipLibCheck: true },
  ...{ target: 'es2023', module: 'nodenext', types: ['node'] },
}
writeFileSync(
  join(project, 'tsconfig.json'),
  JSON.stringify({ compilerOptions, files: ['mastra.mjs'] }),
)
run(process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', '.')
run(process.execPath, 'mastra.mjs')
