// Bundles what is published into `dist/bundle` of each package: its entries with everything of this repository inside, so
// that a tarball needs no workspace, and an import loads a few files instead of 150. Does nothing where the bundles are
// newer than the output of `tsc --build`.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildPage } from './build-page.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
/** What each tarball holds from the root of the repository. */
export const copies = { 'router-client': ['LICENSE'], 'central-worker': ['LICENSE', 'drizzle'] }

export async function bundlePackages(names = Object.keys(copies)) {
  for (const name of names) {
    const folder = join(root, 'packages', name)
    const inside = ['shared-schema', 'router-client'].map((input) => join(root, 'packages', input))
    const inputs = [folder, ...inside].flatMap((input) => [
      join(input, 'package.json'),
      join(input, 'dist/.tsbuildinfo'),
    ])
    const newest = Math.max(...[...inputs, fileURLToPath(import.meta.url)].map(timeOf))
    if (timeOf(join(folder, 'dist/bundle/index.js')) < newest) await bundlePackage(folder)
    if (name === 'central-worker') buildPage()
  }
}

async function bundlePackage(folder) {
  // Only here: most runs find nothing to do.
  const [{ rolldown }, { dts }] = await Promise.all([
    import('rolldown'),
    import('rolldown-plugin-dts'),
  ])
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const { dependencies, peerDependencies, optionalDependencies } = manifest
  const outside = Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })
  const external = [/^node:/, ...outside.map((name) => new RegExp(`^${name}(/|$)`))]
  const out = join(folder, `dist/bundle-${process.pid}`)
  // What is published is what the package exports.
  const entries = Object.values(manifest.exports).map((entry) => entry['@winrate/source'])
  const sources = {
    ...Object.fromEntries(entries.filter(Boolean).map(entryOf)),
    ...(manifest.bin && { main: 'main' }),
  }
  const { edge, ...inputs } = mapValues(sources, (name) => join(folder, 'src', `${name}.ts`))
  const scripts = await rolldown({
    input: inputs,
    platform: 'node',
    checks: { pluginTimings: false },
    external,
    resolve: { conditionNames: ['@winrate/source', 'import', 'default'] },
  })
  const { main: _, ...typed } = sources
  const declarations = await rolldown({
    input: mapValues(typed, (name) => join(folder, 'dist', `${name}.d.ts`)),
    platform: 'node',
    checks: { pluginTimings: false },
    external,
    resolve: { conditionNames: ['types', 'import', 'default'] },
    plugins: [dts({ dtsInput: true, sourcemap: false, tsconfig: false })],
  })
  rmSync(out, { recursive: true, force: true })
  // Fewer bytes to parse at every import, and to carry in bundles. Names stay, so that stack traces can be read.
  const light = {
    comments: { jsdoc: false },
    minify: { compress: true, mangle: false, codegen: false },
  }
  const shared = { dir: out, sourcemap: true, ...light }
  const codeSplitting = manifest.sideEffects === false ? await layOut(scripts, inputs) : true
  const files = (type) => ({
    entryFileNames: `[name].${type}`,
    chunkFileNames: `${codeSplitting === true ? 'shared' : '[name]'}.${type}`,
    codeSplitting,
  })
  await declarations.write({ dir: out, format: 'es', chunkFileNames: 'shared.d.ts' })
  for (const file of readdirSync(out)) {
    // For [Symbol.asyncDispose], which a project's own `lib` may lack.
    const text = readFileSync(join(out, file), 'utf8')
    writeFileSync(join(out, file), `/// <reference lib="esnext.disposable" />\n${text}`)
  }
  if (JSON.stringify(manifest.exports).includes('.cjs')) {
    // Its text is that of the other, of which there is a map: a second one is a third of the package.
    const plain = { sourcemap: false, format: 'cjs', dynamicImportInCjs: false }
    await scripts.write({ ...shared, ...files('cjs'), ...plain })
    // Bundlers see that `pg` may be missing by the `try` around it, which a callback hides.
    const inCallback = /Promise\.resolve\(\)\.then\(\(\) => (.*require\("pg"\), 1\))\)/
    const pool = join(out, 'postgres-pool.cjs')
    writeFileSync(pool, readFileSync(pool, 'utf8').replace(inCallback, '$1'))
    for (const file of readdirSync(out).filter((name) => name.endsWith('.d.ts'))) {
      const text = readFileSync(join(out, file), 'utf8').replaceAll(
        /(\/shared\d*)\.js"/g,
        '$1.cjs"',
      )
      writeFileSync(join(out, file.replace('.d.ts', '.d.cts')), text)
    }
  }
  await scripts.write({ ...shared, ...files('js'), format: 'es' })
  if (edge !== undefined) await bundleForEdge(edge, shared)
  // Its licence asks to go along with it.
  const license = join(folder, 'node_modules/eventsource-parser/LICENSE')
  if (existsSync(license)) copyFileSync(license, join(out, 'eventsource-parser.LICENSE.txt'))
  await scripts.close()
  await declarations.close()
  replaceFiles(out, join(folder, 'dist/bundle'))
}

/** Moves all files of a folder into another, one by one, so that whoever reads there meanwhile finds each of them, and whole. */
function replaceFiles(from, to) {
  const names = readdirSync(from)
  mkdirSync(to, { recursive: true })
  // The index says how old the bundle is.
  names.push(...names.splice(names.indexOf('index.js'), 1))
  for (const name of names) renameSync(join(from, name), join(to, name))
  for (const name of readdirSync(to)) if (!names.includes(name)) rmSync(join(to, name))
  rmSync(from, { recursive: true })
}

/** One file, without the modules and globals of Node: what the router uses of them is in `node-modules.ts`. */
async function bundleForEdge(input, shared) {
  const instead = join(dirname(input), 'node-modules.ts')
  const globals = {
    process: 'process',
    Buffer: 'Buffer',
    setImmediate: 'nextTurn',
    clearImmediate: 'clearNextTurn',
  }
  const { rolldown } = await import('rolldown')
  const scripts = await rolldown({
    input,
    platform: 'neutral',
    checks: { pluginTimings: false },
    resolve: { conditionNames: ['@winrate/source', 'import', 'default'] },
    plugins: [
      { name: 'without-node', resolveId: (id) => (id.startsWith('node:') ? instead : null) },
    ],
    transform: { inject: mapValues(globals, (name) => [instead, name]) },
  })
  // Without a map, which is most of a package's size.
  await scripts.write({
    ...shared,
    ...{ sourcemap: false, format: 'es', entryFileNames: 'edge.js', codeSplitting: false },
  })
  await scripts.close()
}

/**
 * Which files a library has: one with all that its index needs at once, one for HTTP, and one for each other part that is
 * imported when it is used. Adapters share no file with the index but what both need.
 */
async function layOut(scripts, { index, testing, ...adapters }) {
  const { output } = await scripts.generate({ format: 'es' })
  const atOnce = modulesAtOnce(output, [index])
  const inAdapters = modulesAtOnce(output, Object.values(adapters))
  const groups = [
    // HTTP and adapters read streams with it.
    { name: 'eventsource-parser', test: /eventsource-parser/ },
    { name: 'common', test: (id) => atOnce.has(id) && inAdapters.has(id) },
    { name: 'router', test: (id) => atOnce.has(id) && id !== index },
    { name: 'http', test: /[\\/]http-[a-z-]+\.ts$|find-proxy|tunnel-agent/ },
  ]
  return { groups: groups.map((group, at) => ({ ...group, priority: groups.length - at })) }
}

/** What loads with the first import of an entry, without what only a dynamic import loads. */
function modulesAtOnce(output, entries) {
  const chunks = new Map(output.map((chunk) => [chunk.fileName, chunk]))
  const loaded = new Set(output.filter(({ facadeModuleId }) => entries.includes(facadeModuleId)))
  for (const { imports } of loaded) {
    for (const chunk of imports.map((name) => chunks.get(name))) if (chunk) loaded.add(chunk)
  }
  return new Set([...loaded].flatMap(({ modules }) => Object.keys(modules)))
}

/** `./src/testing/index.ts` becomes `testing` of `testing/index`. */
function entryOf(source) {
  const path = source.replace(/^\.\/src\/|\.ts$/g, '')
  return [path.replace(/\/index$/, ''), path]
}

function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]))
}

function timeOf(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** Tests that spawn processes bundle first. */
export const setup = () => bundlePackages()

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2)
  await bundlePackages(names.length > 0 ? names : undefined)
}
