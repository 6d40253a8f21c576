// Builds the dashboard into `dist/ui` of the worker, packed by brotli and gzip, because the worker packs nothing while it
// ingests. Does nothing where what was built is newer than its sources.
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = join(root, 'packages/dashboard')
/** The only room outside of it that it takes more than types from. */
const shared = join(root, 'packages/shared-schema/dist/http')
const built = join(root, 'packages/central-worker/dist/ui')

/** Builds in a process of its own: libraries build themselves for production by NODE_ENV, which is another one in tests. */
export function buildPage() {
  const inputs = ['index.html', 'package.json', 'public', 'src'].map((name) => join(source, name))
  const newest = Math.max(
    ...[...inputs, join(shared, 'candidate-order.js'), fileURLToPath(import.meta.url)].map(
      newestIn,
    ),
  )
  if (timeOf(join(built, 'index.html')) > newest) return
  const env = { ...process.env, NODE_ENV: 'production' }
  const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url)], {
    env,
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) throw new Error('the dashboard could not be built: see above')
}

async function build() {
  const out = `${built}-${process.pid}`
  rmSync(out, { recursive: true, force: true })
  const vite = await importOf('vite')
  const { default: react } = await importOf('@vitejs/plugin-react')
  const { default: tailwindcss } = await importOf('@tailwindcss/vite')
  await vite.build({
    configFile: false,
    root: source,
    // Relative, so that it works behind any prefix.
    base: './',
    logLevel: 'warn',
    plugins: [react(), tailwindcss()],
    build: {
      outDir: out,
      emptyOutDir: true,
      target: 'es2022',
      // Pictures would become data in scripts; the preload script is for browsers of 2021.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 1_000,
    },
  })
  for (const name of filesIn(out)) pack(join(out, name))
  replaceFiles(out, built)
}

/** A dependency of the dashboard, from where it is installed. */
async function importOf(name) {
  const entry = createRequire(join(source, 'package.json')).resolve(name)
  return import(pathToFileURL(entry).href)
}

function pack(path) {
  const bytes = readFileSync(path)
  const br = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } })
  if (br.length < bytes.length) writeFileSync(`${path}.br`, br)
  const gzip = gzipSync(bytes, { level: 9 })
  if (gzip.length < bytes.length) writeFileSync(`${path}.gz`, gzip)
}

/** Moves files one by one, the page last: whoever reads there meanwhile finds a page with all that it names. */
function replaceFiles(from, to) {
  const names = filesIn(from)
  names.sort((one, other) => Number(isPage(one)) - Number(isPage(other)))
  for (const name of names) {
    mkdirSync(dirname(join(to, name)), { recursive: true })
    renameSync(join(from, name), join(to, name))
  }
  for (const name of filesIn(to)) if (!names.includes(name)) rmSync(join(to, name), { force: true })
  rmSync(from, { recursive: true, force: true })
}

function isPage(name) {
  return name.startsWith('index.html')
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
}

function newestIn(path) {
  if (!existsSync(path) || !statSync(path).isDirectory()) return timeOf(path)
  return Math.max(timeOf(path), ...filesIn(path).map((name) => timeOf(join(path, name))))
}

function timeOf(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build()
