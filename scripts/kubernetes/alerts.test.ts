// The alerts that the chart installs: what they name, where they lead, and that each fires when it should and not before.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { alertCases, healthySeries, type Series, VALUES } from './alert-cases.ts'
import { metricsIn, registeredMetrics } from './registered-metrics.ts'
import { findProgram, memoryFolder, root, run } from './render-chart.ts'

// generated.test.ts holds this file to the chart.
const file = `${root}deploy/prometheus/winrate-alerts.yaml`

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly labels: { readonly severity: string }
  readonly annotations: {
    readonly summary: string
    readonly description: string
    readonly runbook_url: string
  }
}

const rules: readonly Rule[] = parse(readFileSync(file, 'utf8')).groups.flatMap(
  (group: { rules: Rule[] }) => group.rules,
)
const operations = readFileSync(`${root}docs/operations.md`, 'utf8')
const promtool = findProgram('promtool')

it.each(rules.map((rule) => [rule.alert, rule] as const))(
  '%s names only metrics that a worker registers',
  (_, { expr }) => {
    const names = metricsIn(expr)
    expect(names).not.toEqual([])
    expect(names.filter((name) => !registeredMetrics().has(name))).toEqual([])
    expect(expr.match(/job="winrate"/g)).toHaveLength(names.length)
  },
)

it.each(rules.map((rule) => [rule.alert, rule] as const))(
  '%s says what is wrong and leads to what to do',
  (_, { alert, labels, annotations }) => {
    expect(['critical', 'warning', 'info']).toContain(labels.severity)
    expect(annotations.summary.length).toBeGreaterThan(10)
    expect(annotations.description.length).toBeGreaterThan(10)
    expect(annotations.runbook_url).toMatch(/^https:.*\/docs\/operations\.md#[a-z]+$/)
    expect(annotations.runbook_url).toContain(`#${alert.toLowerCase()}`)
    expect(operations).toContain(`\n### ${alert}\n`)
  },
)

it('the runbook has an entry for each alert, and none besides', () => {
  const headings = [...operations.matchAll(/^### (Winrate\w+)$/gm)].map(([, name]) => name)
  expect(headings).toEqual([...new Set(rules.map(({ alert }) => alert))])
})

it('each alert has its cases', () => {
  expect(Object.keys(alertCases)).toEqual([...new Set(rules.map(({ alert }) => alert))])
})

it('finds what is no PromQL', () => {
  expect(() => metricsIn('sum(rate(winrate_cells[5m])')).toThrow('no PromQL')
  expect(metricsIn('max(a{job="x"}) / sum by (b) (rate(c_total[5m]))')).toEqual(['a', 'c_total'])
})

describe.skipIf(promtool === undefined)('Prometheus', () => {
  it('accepts the rules', () => {
    const { status, output } = run(promtool, ['check', 'rules', file])
    expect(status, output).toBe(0)
    expect(output).toContain(`${rules.length} rules found`)
  })

  it('a healthy fleet fires nothing', () => {
    expect(problemsOf([aTest({}, 'count(ALERTS)', [])], 1)).toBe('')
  })

  it.each([1, 20])(
    'each alert fires when it should and not before, at %i minutes a value',
    (wanted) => {
      const tests = Object.entries(alertCases).flatMap(([name, cases]) =>
        cases
          .filter(({ step = 1 }) => step === wanted)
          .flatMap(({ severity, fires, quiet }) => {
            const labels = `alertname="${name}", severity="${severity}", alertstate="firing"`
            const firing = `count(ALERTS{${labels}})`
            return [
              {
                name: `${name} fires`,
                ...aTest(fires, firing, [{ labels: '{}', value: 1 }], wanted),
              },
              { name: `${name} stays quiet`, ...aTest(quiet, firing, [], wanted) },
            ]
          }),
      )
      expect(tests.length).toBeGreaterThan(3)
      expect(problemsOf(tests, wanted)).toBe('')
    },
  )
})

function aTest(series: Series, expr: string, samples: readonly object[], step = 1) {
  const all = Object.entries({ ...healthySeries(step), ...series })
  return {
    interval: `${step}m`,
    input_series: all.map(([name, values]) => ({
      series: name.replace(
        /,?\}$/,
        (end) => `${name.endsWith('{}') ? '' : ','}job="winrate"${end}`,
      ),
      values,
    })),
    promql_expr_test: [{ expr, eval_time: `${VALUES * step}m`, exp_samples: samples }],
  }
}

/** What promtool says of these tests where one fails; empty where none does. */
function problemsOf(tests: readonly object[], step: number): string {
  const folder = mkdtempSync(join(memoryFolder, 'winrate-alerts-'))
  try {
    const suite = { rule_files: [file], evaluation_interval: `${step}m`, tests }
    writeFileSync(join(folder, 'tests.yaml'), JSON.stringify(suite))
    const { status, output } = run(promtool, ['test', 'rules', join(folder, 'tests.yaml')])
    return status === 0 ? '' : output
  } finally {
    rmSync(folder, { recursive: true })
  }
}
