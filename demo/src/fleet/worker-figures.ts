// What the running worker says of itself over HTTP. Asked again and again while it may be restarting,
// so that no answer is as good as a late one.
import { type MetricsBody, metricsBodySchema } from '@winrate/shared-schema/contracts'

const TIMEOUT_MS = 2_000

/** Current metrics; undefined when the worker does not answer. */
export async function readWorkerMetrics(url: string): Promise<MetricsBody | undefined> {
  const text = await get(`${url}/v1/metrics`)
  return text === undefined ? undefined : metricsBodySchema.parse(JSON.parse(text))
}

/** Outcomes that came again, over all lives of the worker: its counter starts anew with each. */
export interface DuplicateCount {
  observe(url: string): Promise<void>
  total(): number
}

export function createDuplicateCount(): DuplicateCount {
  let total = 0
  let last = 0
  return {
    async observe(url) {
      const count = parseDuplicates((await get(`${url}/metrics`)) ?? '')
      if (count === undefined) return
      total += count < last ? count : count - last
      last = count
    },
    total: () => total,
  }
}

/** The worker's counter of duplicate outcomes in Prometheus text. */
export function parseDuplicates(text: string): number | undefined {
  const match = /^winrate_outcomes_duplicate_total(?:\{[^}]*\})? (\d+)/m.exec(text)
  return match?.[1] === undefined ? undefined : Number(match[1])
}

async function get(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    return response.ok ? await response.text() : undefined
  } catch {
    return undefined
  }
}
