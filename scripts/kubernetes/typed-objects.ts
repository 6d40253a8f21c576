// Holds objects to the types of kubernetes-models by the TypeScript compiler, which refuses unknown fields, wrong types, wrong words
// and missing fields, at any depth. Its validators, which would be the usual way, let unknown fields pass.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { type KubernetesObject, root, run } from './render-chart.ts'

const packages: Record<string, string> = {
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
  'keda.sh': '@kubernetes-models/keda',
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
}

/** What is wrong with these objects, a line each; empty where nothing is. */
export function findTypeErrors(name: string, objects: readonly KubernetesObject[]): string[] {
  const lines = objects.flatMap((object, at) => {
    const { apiVersion, kind } = object
    const source = packages[apiVersion.split('/')[0] ?? ''] ?? 'kubernetes-models'
    return [
      `import type { I${kind} as Type${at} } from '${source}/${apiVersion}/${kind}'`,
      `export const object${at}: Type${at} = ${JSON.stringify(object)}`,
    ]
  })
  const folder = `${root}node_modules/.cache/winrate`
  mkdirSync(folder, { recursive: true })
  const file = `${folder}/${name}-${process.pid}.ts`
  writeFileSync(file, `${lines.join('\n')}\n`)
  const options = ['--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2022']
  const { status, output } = run(`${root}node_modules/.bin/tsc`, [
    ...['--noEmit', '--ignoreConfig', '--types', '', ...options],
    file,
  ])
  rmSync(file)
  if (status === 0) return []
  return output.split('\n').flatMap((line) => line.match(/error TS\d+: .*/)?.[0] ?? [])
}
