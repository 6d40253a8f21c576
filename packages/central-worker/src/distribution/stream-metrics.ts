import { Counter, Gauge, type Registry } from 'prom-client'

/** Why the server ended a stream. */
export type CutReason = 'slow' | 'expired' | 'stopping'

export type StreamMetrics = ReturnType<typeof registerStreamMetrics>

export function registerStreamMetrics(registry: Registry) {
  const registers = [registry]
  const counter = (name: string, help: string) => new Counter({ name, help, registers })
  return {
    readers: new Gauge({
      name: 'winrate_stream_readers',
      help: 'Readers of the snapshot stream that are connected to this replica',
      registers,
    }),
    snapshotsSent: counter('winrate_snapshots_sent_total', 'Snapshots handed to stream readers'),
    deltasSent: counter('winrate_deltas_sent_total', 'Deltas sent in place of whole snapshots'),
    readersCut: new Counter<'reason'>({
      name: 'winrate_stream_readers_cut_total',
      help: 'Streams ended by the server: slow (did not drain), expired (age), stopping',
      labelNames: ['reason'],
      registers,
    }),
  }
}
