import { AggregatorRegistry, type Registry } from 'prom-client'

/** The metrics of a replica as Prometheus reads them: its own, and those of projects, which their label keeps apart. */
export async function joinMetrics(
  own: Registry,
  projects: readonly { readonly registry: Registry }[],
): Promise<string> {
  if (projects.length === 0) return own.metrics()
  const all = [own, ...projects.map(({ registry }) => registry)]
  const read = await Promise.all(all.map((registry) => registry.getMetricsAsJSON()))
  return AggregatorRegistry.aggregate(read).metrics()
}
