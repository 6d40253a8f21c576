// What is made from the chart and checked in: `npm run deploy:generate` writes it anew.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isMap, parse, parseDocument, stringify } from 'yaml'
import { chart, findProgram, render, root, run } from './render-chart.ts'

const helm = findProgram('helm')
const HEAD = '# Made from deploy/helm/winrate by: npm run deploy:generate\n'

describe.skipIf(helm === undefined)('what is generated from the chart', () => {
  it('the plain manifests are those of its defaults, without what only Helm needs', async () => {
    const args = ['template', 'winrate', chart, '--namespace', 'winrate', '--skip-tests']
    const { stdout } = run(helm, args)
    const plain = stdout
      .replace(/^# Source: .*\n/gm, '')
      .replace(/^ *(?:helm\.sh\/chart|app\.kubernetes\.io\/managed-by): .*\n/gm, '')
    await expect(`${HEAD}${plain}`).toMatchFileSnapshot(`${root}deploy/kubernetes/winrate.yaml`)
  })

  it('the rule file is what the chart installs, for all namespaces', async () => {
    const args = ['prometheusRule.enabled=true', 'prometheusRule.selector=job="winrate"']
    const objects = render(helm, ...args.flatMap((arg) => ['--set', arg]))
    const rule = objects.find(({ kind }) => kind === 'PrometheusRule')
    const text = stringify(rule?.['spec'], { lineWidth: 0 })
    await expect(`${HEAD}${text}`).toMatchFileSnapshot(
      `${root}deploy/prometheus/winrate-alerts.yaml`,
    )
  })
})

it('kustomize takes the manifests as they are', () => {
  const { resources } = parse(readFileSync(`${root}deploy/kubernetes/kustomization.yaml`, 'utf8'))
  expect(resources).toEqual(['winrate.yaml'])
})

it('the README lists every value, its default and what it means', async () => {
  const readme = readFileSync(`${chart}/README.md`, 'utf8')
  const [before, after] = ['<!-- values -->\n', '<!-- end of values -->\n']
  const head = readme.slice(0, readme.indexOf(before) + before.length)
  const tail = readme.slice(readme.indexOf(after))
  const values = describeValues()
  await expect(`${head}\n${alignedTable(values)}\n\n${tail}`).toMatchFileSnapshot(
    `${chart}/README.md`,
  )
  expect(values.filter(([, , meaning]) => meaning === '')).toEqual([])
})

type Row = readonly [name: string, value: string, meaning: string]

/** As Biome writes tables. */
function alignedTable(values: readonly Row[]): string {
  const rows: readonly Row[] = [['value', 'default', 'meaning'], ...values]
  const widths = [0, 1, 2].map((at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  const lineOf = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const [head = '', ...body] = rows.map((row) =>
    lineOf(row.map((cell, at) => cell.padEnd(widths[at] ?? 0))),
  )
  return [head, lineOf(widths.map((width) => '-'.repeat(width))), ...body].join('\n')
}

/** Every value with its default and its comment; a map without keys of its own is one value. */
function describeValues(): [name: string, value: string, meaning: string][] {
  const document = parseDocument(readFileSync(`${chart}/values.yaml`, 'utf8'))
  const described: [string, string, string][] = []
  const whole = new Set(['resources.requests', 'grafanaDashboard.labels', 'ingress.annotations'])
  function walk(node: unknown, path: string, inherited: string): void {
    if (!isMap(node)) return
    for (const { key, value } of node.items as {
      key: { value: string; commentBefore?: string }
      value: { toJSON(): unknown; commentBefore?: string }
    }[]) {
      const name = path === '' ? key.value : `${path}.${key.value}`
      const first =
        value.commentBefore !== undefined && isMap(value) ? value.commentBefore : undefined
      const comment = (key.commentBefore ?? inherited).split(/\n\s*\n/).at(-1) ?? ''
      if (isMap(value) && value.items.length > 0 && !whole.has(name)) {
        walk(value, name, first ?? comment)
        continue
      }
      const shown = JSON.stringify(value.toJSON())
      described.push([`\`${name}\``, `\`${shown}\``, comment.replace(/\s+/g, ' ').trim()])
    }
  }
  walk(document.contents, '', '')
  return described
}
