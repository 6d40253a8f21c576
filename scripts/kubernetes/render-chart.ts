// Runs helm and promtool for the tests of deploy/: what they print, or why they failed.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const chart = `${root}deploy/helm/winrate`

/** An object of Kubernetes, as YAML says it. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> }
  // biome-ignore lint/suspicious/noExplicitAny: each test knows which kind it looks at, and asserts it
  readonly [field: string]: any
}

const howToGet = {
  helm: 'run "node scripts/kubernetes/fetch-helm.mjs", or install helm',
  promtool: 'install the package "prometheus" of Debian, or Prometheus',
}

/**
 * The path of a program that tests need and not everybody has; undefined where it is missing. The tests are then left out, unless
 * TEST_REQUIRE_HELM or TEST_REQUIRE_PROMTOOL is true.
 */
export function findProgram(name: keyof typeof howToGet): string | undefined {
  const fetched = `${root}node_modules/.cache/winrate/${name}`
  if (existsSync(fetched)) return fetched
  if (spawnSync(name, ['--help']).status === 0) return name
  const problem = `There is no ${name} on this machine: ${howToGet[name]}`
  if (process.env[`TEST_REQUIRE_${name.toUpperCase()}`] === 'true') throw new Error(problem)
  process.stderr.write(`${problem}. Tests that need it are left out.\n`)
  return undefined
}

export interface Printed {
  readonly status: number | null
  readonly stdout: string
  /** Both streams, for messages. */
  readonly output: string
}

/** promtool writes a database for each test: in memory it waits for no disk. */
export const memoryFolder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

export function run(program: string | undefined, args: readonly string[]): Printed {
  if (program === undefined) throw new Error('the program is missing: guard the test')
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: memoryFolder },
  })
  return { status, stdout, output: `${stdout}${stderr}` }
}

const rendered = new Map<string, KubernetesObject[]>()

/** What `helm template` makes of the chart with these further arguments, or throws with what helm says. */
export function render(helm: string | undefined, ...args: readonly string[]): KubernetesObject[] {
  const key = args.join(' ')
  const known = rendered.get(key)
  if (known !== undefined) return known
  const { status, stdout, output } = run(helm, ['template', 'winrate', chart, ...args])
  if (status !== 0) throw new Error(output)
  const objects = readObjects(stdout)
  rendered.set(key, objects)
  return objects
}

function readObjects(text: string): KubernetesObject[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS({ maxAliasCount: 0 }))
    .filter((object) => object !== null)
}
