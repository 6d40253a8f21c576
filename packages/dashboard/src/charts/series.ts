// Series as the API has them, as charts show them: without the empty start, in buckets that say something.
import type { MetricsSeriesBody } from '@winrate/shared-schema/http'
import type { NamedModel } from '../format/names.ts'
import { emptyStart, mergeCounts, mergeLength } from './buckets.ts'
import { COLORS } from './series-color.tsx'
import type { TimeSpan } from './time-frame.tsx'

/** Points of time that a chart shows. */
const SHOWN = 48

export function seriesOf(body: MetricsSeriesBody, nameOf: (model: NamedModel) => string) {
  const named = layersOf(body, nameOf)
  const start = emptyStart(named.map(({ samples }) => samples))
  const length = mergeLength(body.buckets - start, SHOWN)
  const span: TimeSpan = {
    fromMs: Date.parse(body.from) + start * body.bucketSeconds * 1_000,
    bucketMs: body.bucketSeconds * length * 1_000,
    buckets: Math.ceil((body.buckets - start) / length),
  }
  const all = named.map(({ name, samples, successes }) => ({
    name,
    samples: mergeCounts(samples.slice(start), length),
    successes: mergeCounts(successes.slice(start), length),
  }))
  return { span, all }
}

/** The models with the most outcomes, and all further ones as one. */
function layersOf({ series, others }: MetricsSeriesBody, nameOf: (model: NamedModel) => string) {
  const named = series.slice(0, COLORS).map((model) => ({ ...model, name: nameOf(model) }))
  const rest = [...series.slice(COLORS), ...(others === null ? [] : [others])]
  if (rest.length === 0) return named
  const sum = (of: 'samples' | 'successes') =>
    Array.from({ length: rest[0]?.samples.length ?? 0 }, (_, at) =>
      rest.reduce((total, one) => total + (one[of][at] ?? 0), 0),
    )
  return [...named, { name: 'all others', samples: sum('samples'), successes: sum('successes') }]
}
