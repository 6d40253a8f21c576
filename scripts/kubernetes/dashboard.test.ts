// The dashboard for Grafana, by the rules of grafana/dashboard-linter.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { metricsIn, registeredMetrics } from './registered-metrics.ts'
import { chart, findProgram, render } from './render-chart.ts'

const text = readFileSync(`${chart}/dashboards/winrate.json`, 'utf8')
const dashboard = JSON.parse(text)

interface Panel {
  readonly id: number
  readonly title: string
  readonly type: string
  readonly description?: string
  readonly datasource?: object
  readonly fieldConfig: { readonly defaults: { readonly unit?: string } }
  readonly gridPos: {
    readonly x: number
    readonly y: number
    readonly w: number
    readonly h: number
  }
  readonly targets: readonly { readonly expr: string; readonly datasource: object }[]
}

const all: readonly Panel[] = dashboard.panels
const panels = all.filter(({ type }) => type !== 'row')
const source = { type: 'prometheus', uid: '$datasource' }

it('belongs to no installation: a stable uid, no inputs, not editable', () => {
  expect(dashboard).toMatchObject({ uid: 'winrate-workers', editable: false, refresh: '30s' })
  expect(dashboard).not.toHaveProperty('id')
  expect(dashboard).not.toHaveProperty('__inputs')
  expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39)
})

it('lets the reader choose the data source, jobs and workers', () => {
  const [datasource, job, instance] = dashboard.templating.list
  expect(datasource).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' })
  for (const variable of [job, instance]) {
    expect(variable).toMatchObject({
      type: 'query',
      multi: true,
      includeAll: true,
      datasource: source,
    })
    expect(variable.query.query).toMatch(/^label_values\(winrate_build_info/)
  }
  expect([job.name, instance.name]).toEqual(['job', 'instance'])
})

it('has the rows from what matters most to what matters least', () => {
  const rows = all.filter(({ type }) => type === 'row').map(({ title }) => title)
  expect(rows).toEqual([
    ...[
      'Is it well',
      'Ingest',
      'Ticks and snapshots',
      'Distribution',
      'Quality of data',
      'Process',
    ],
  ])
})

it.each(panels.map((panel) => [panel.title, panel] as const))(
  'the panel %s says what it shows, in which unit, of the chosen workers',
  (_, { description, datasource, fieldConfig, targets }) => {
    expect(description?.length).toBeGreaterThan(10)
    expect(fieldConfig.defaults.unit).toBeTruthy()
    expect(datasource).toEqual(source)
    expect(targets.length).toBeGreaterThan(0)
    for (const { expr, datasource: own } of targets) {
      expect(own).toEqual(source)
      const named = metricsIn(expr)
      expect(named.filter((name) => !registeredMetrics().has(name))).toEqual([])
      const selectors = expr.match(/job=~"\$job", instance=~"\$instance"/g) ?? []
      expect(selectors).toHaveLength(named.length)
      expect(expr).not.toMatch(/\[\d+[smhd]\]/)
      if (/\b(?:rate|increase)\(/.test(expr)) expect(expr).toContain('[$__rate_interval]')
      // Each replica tells the same of the database: a sum would count it twice.
      if (/winrate_(?:queue|snapshot_version|pinned|cells|dead_letters)/.test(expr)) {
        expect(expr).toMatch(/\bmax(?: by \(\w+\) )?\(/)
      }
    }
  },
)

it('has each title and id once, and no panel over another', () => {
  expect(new Set(all.map(({ title }) => title)).size).toBe(all.length)
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
  const cells = all.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
  )
  expect(new Set(cells).size).toBe(cells.length)
  expect(Math.max(...all.map(({ gridPos: { x, w } }) => x + w))).toBe(24)
})

const helm = findProgram('helm')

it.skipIf(helm === undefined)('is what the chart installs, as Grafana finds it', () => {
  const objects = render(helm, '--set', 'grafanaDashboard.enabled=true')
  const map = objects.find(({ kind }) => kind === 'ConfigMap')
  expect(map?.['data']['winrate.json']).toBe(text)
  expect(map?.metadata).toMatchObject({ labels: { grafana_dashboard: '1' } })
})
