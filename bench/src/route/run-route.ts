import { interleave } from '../measuring/interleave.ts'
import type { BenchReport } from '../measuring/run-bench.ts'
import { type Spread, spreadOf } from '../measuring/spread.ts'
import { renderTable, spreadText } from '../measuring/table.ts'
import { installPeers } from '../peers/peer-packages.ts'
import { measureCall, measureSnapshot, type SnapshotCost } from './call-process.ts'
import { timerCostNs } from './call-times.ts'
import { type Contender, routeContenders } from './contenders.ts'
import { type HeapCost, heapCost } from './heap-cost.ts'
import { shapeNames } from './invented-snapshots.ts'
import { peerContenders } from './peer-contenders.ts'

export interface RouteBenchSize {
  readonly repeats: number
  /** Batches of calls per repeat; the repeat's figure is their median. */
  readonly batches: number
  /** Cells of the snapshots whose first decision is measured. */
  readonly snapshotCells: readonly number[]
}

interface Measured {
  readonly name: string
  readonly callNs: Spread
  readonly p999Ns: Spread
}

const PEER_PACKAGES = ['unleash-client', '@growthbook/growthbook', '@openfeature/server-sdk']

export async function runRoute({
  repeats,
  batches,
  snapshotCells,
}: RouteBenchSize): Promise<BenchReport> {
  const { versions } = await installPeers()
  const own = await routeContenders()
  const peers = await peerContenders()
  const p999s = new Map<string, number[]>()
  const callNs = await interleave(
    byName([...own, ...peers], async (name) => {
      const times = await measureCall(name, batches)
      p999s.set(name, [...(p999s.get(name) ?? []), times.p999Ns])
      return times.callNs
    }),
    repeats,
    (name, value) => process.stderr.write(`${name}: ${value.toFixed(0)} ns\n`),
  )
  const measuredOf = ({ name }: Contender): Measured[] => {
    const [one, others] = [callNs[name], p999s.get(name)]
    return one === undefined || others === undefined
      ? []
      : [{ name, callNs: one, p999Ns: spreadOf(others) }]
  }
  const heap = { candidates3: await heapCost(3), candidates300: await heapCost(300) }
  return report({
    variants: own.flatMap(measuredOf),
    peers: peers.flatMap(measuredOf),
    heap,
    snapshots: await measureSnapshots(snapshotCells),
    timerNs: await timerCostNs(),
    versions: Object.fromEntries(PEER_PACKAGES.map((name) => [name, versions[name]])),
  })
}

interface MeasuredSnapshot extends SnapshotCost {
  readonly shape: string
  readonly cells: number
}

async function measureSnapshots(sizes: readonly number[]): Promise<readonly MeasuredSnapshot[]> {
  const measured: MeasuredSnapshot[] = []
  for (const shape of shapeNames) {
    for (const cells of sizes) {
      measured.push({ shape, cells, ...(await measureSnapshot(shape, cells)) })
    }
  }
  return measured
}

function snapshotTable(measured: readonly MeasuredSnapshot[]): string {
  const rows = measured.map(({ shape, cells, coldMs, firstMs, stallMs, bytes }) => [
    `${cells} cells: ${shape}`,
    `${firstMs.toFixed(1)} ms`,
    `${coldMs.toFixed(1)} ms`,
    `${stallMs.toFixed(0)} ms`,
    `${(bytes / 1e6).toFixed(0)} MB`,
  ])
  return renderTable(['invented snapshot', 'first decision', 'cold', 'longest stall', 'heap'], rows)
}

function byName(
  contenders: readonly Contender[],
  measure: (name: string) => Promise<number>,
): Record<string, () => Promise<number>> {
  return Object.fromEntries(contenders.map(({ name }) => [name, () => measure(name)]))
}

interface RouteResults {
  readonly variants: readonly Measured[]
  readonly peers: readonly Measured[]
  readonly heap: { readonly candidates3: HeapCost; readonly candidates300: HeapCost }
  readonly snapshots: readonly MeasuredSnapshot[]
  readonly timerNs: number
  readonly versions: Readonly<Record<string, string | undefined>>
}

function report({
  variants,
  peers,
  heap,
  snapshots,
  timerNs,
  versions,
}: RouteResults): BenchReport {
  const find = (name: string) => variants.find((variant) => variant.name === name)
  const [greedy, sampled] = [find('greedy'), find('sampled')]
  if (greedy === undefined || sampled === undefined) throw new Error('nothing was measured')
  const times = ({ callNs, p999Ns }: Measured) => ({
    p50Ns: callNs,
    p999Ns,
    ratioToSampled: callNs.median / sampled.callNs.median,
  })
  const rows = [...variants, ...peers].map((one) => [
    one.name,
    `${times(one).ratioToSampled.toFixed(2)} x`,
    spreadText(one.callNs),
    spreadText(one.p999Ns),
  ])
  const bytes = ({ greedyBytes, sampledBytes }: HeapCost) =>
    `${greedyBytes.toFixed(0)} greedy, ${sampledBytes.toFixed(0)} sampled`
  const notes = [
    `p99.9 comes from calls timed one by one and includes ${timerNs} ns of the timer.`,
    `Heap bytes per decision: among 3 candidates ${bytes(heap.candidates3)}; among 300 ${bytes(heap.candidates300)}.`,
    `Peers: ${Object.entries(versions)
      .map((entry) => entry.join(' '))
      .join(', ')}; each chooses one of 30 variants, without id or constraints.`,
  ]
  const header = ['one decision', 'to sampled', 'p50 ns', 'p99.9 ns']
  return {
    table: `${renderTable(header, rows)}\n${notes.join('\n')}\n\n${snapshotTable(snapshots)}`,
    figures: {
      greedyP50Ns: greedy.callNs.median,
      sampledP50Ns: sampled.callNs.median,
      p999Ns: Math.max(greedy.p999Ns.median, sampled.p999Ns.median),
      peers: Object.fromEntries(peers.map((one) => [one.name, times(one)])),
      variants: Object.fromEntries(variants.map((one) => [one.name, times(one)])),
      heapBytes: heap,
      snapshots,
      timerNs,
      versions,
    },
  }
}
