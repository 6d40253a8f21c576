import { Counter, type Registry } from 'prom-client'

export function registerHttpMetrics(registry: Registry): Counter<'route' | 'status'> {
  return new Counter({
    name: 'winrate_http_requests_total',
    help: 'HTTP requests answered, by route and status, when they end; aborted: the client left before',
    labelNames: ['route', 'status'],
    registers: [registry],
  })
}
