// Reads the running worker's figures over HTTP. The worker may be restarting, so a missing answer is no error:
// the caller asks again.
import { type MetricsBody, metricsBodySchema } from '@winrate/shared-schema/http'

const TIMEOUT_MS = 2_000

/** Current metrics; undefined if the worker does not answer. */
export async function readWorkerMetrics(url: string): Promise<MetricsBody | undefined> {
  const text = await get(`${url}/v1/metrics`)
  return text === undefined ? undefined : metricsBodySchema.parse(JSON.parse(text))
}

/** Duplicate outcomes over all lives of the worker, whose counter restarts at 0 with each life. */
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
