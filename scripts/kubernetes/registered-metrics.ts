// Which metrics there are, and which ones an expression of Prometheus names.
import { readFileSync } from 'node:fs'
import { parser } from '@prometheus-io/lezer-promql'
import { root } from './render-chart.ts'

/** Of prom-client and of Prometheus itself, as far as rules and the dashboard use them. */
const others = [
  ...['up', 'process_resident_memory_bytes', 'process_cpu_seconds_total'],
  'nodejs_eventloop_lag_p99_seconds',
]

/**
 * The metrics that a worker registers, as docs/operations.md lists them: config.test.ts holds that list to the code. A histogram is
 * three series.
 */
export function registeredMetrics(): ReadonlySet<string> {
  const operations = readFileSync(`${root}docs/operations.md`, 'utf8')
  const rows = operations.matchAll(/^\| `(winrate_[a-z_]+)` +\| (\w+)/gm)
  const names = [...rows].flatMap(([, name = '', type]) =>
    type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => `${name}${part}`) : [name],
  )
  return new Set([...names, ...others])
}

/** The metrics that a PromQL expression names; throws where it is none. */
export function metricsIn(expression: string): string[] {
  const text = expression.replaceAll('$__rate_interval', '5m')
  const names: string[] = []
  parser.parse(text).iterate({
    enter({ type, from, to }) {
      if (type.isError) throw new Error(`no PromQL at ${text.slice(from, from + 20)}: ${text}`)
      if (type.name === 'VectorSelector') {
        names.push(text.slice(from, to).match(/^[\w:]+/)?.[0] ?? '')
      }
    },
  })
  return names
}
