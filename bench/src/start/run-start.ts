import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { z } from 'zod'
import { interleave } from '../measuring/interleave.ts'
import type { BenchReport } from '../measuring/run-bench.ts'
import { renderTable, spreadText } from '../measuring/table.ts'
import { installPeers } from '../peers/peer-packages.ts'
import { runPeer } from '../peers/run-peer.ts'
import { bundledBytes, folderBytes, installedBytes } from './package-size.ts'

const client = fileURLToPath(import.meta.resolve('@winrate/router-client'))
const measuredSchema = z.object({ importCpuMs: z.number(), firstDecisionMs: z.number() })

const contenders = [
  {
    peer: 'winrate',
    label: '@winrate/router-client',
    url: pathToFileURL(client).href,
    uses: `export { createRouter, httpOutcomes, httpSnapshots } from ${JSON.stringify(client)}`,
    installed: () => folderBytes(join(client, '..')),
  },
  ...[
    ['unleash', 'unleash-client', '{ Unleash }'],
    ['growthbook', '@growthbook/growthbook', '{ GrowthBook }'],
    ['openfeature', '@openfeature/server-sdk', '{ OpenFeature, InMemoryProvider }'],
  ].map(([peer = '', label = '', used]) => ({
    peer,
    label,
    url: label,
    uses: `export ${used} from '${label}'`,
    installed: () => installedBytes(label),
  })),
]

/** Starts each in a process of its own, in turn, and weighs each once. */
export async function runStart({ repeats }: { readonly repeats: number }): Promise<BenchReport> {
  const { node, versions } = await installPeers()
  const firstDecisions = new Map<string, number[]>()
  const measure = (peer: string, url: string) => async () => {
    const ends: (() => Promise<void>)[] = []
    const output = await runPeer(
      'start-up.mjs',
      { peer, url },
      { node, onEnd: (end) => ends.push(end) },
    )
    const { importCpuMs, firstDecisionMs } = measuredSchema.parse(output)
    firstDecisions.set(peer, [...(firstDecisions.get(peer) ?? []), firstDecisionMs])
    return importCpuMs
  }
  const imports = await interleave(
    Object.fromEntries(contenders.map(({ peer, url }) => [peer, measure(peer, url)])),
    repeats,
  )
  const figures: Record<string, unknown> = {}
  const rows: string[][] = []
  for (const { peer, label, uses, installed } of contenders) {
    const spread = imports[peer]
    if (spread === undefined) continue
    const decision = (firstDecisions.get(peer) ?? []).toSorted((one, other) => one - other)
    const firstDecisionMs = decision[decision.length >> 1] ?? 0
    const weight = { installed: await installed(), bundled: await bundledBytes(uses) }
    figures[peer] = { importCpuMs: spread, firstDecisionMs, ...weight }
    rows.push([
      `${label} ${versions[label] ?? ''}`.trim(),
      spreadText(spread, 1),
      firstDecisionMs.toFixed(1),
      (weight.installed / 1e6).toFixed(2),
      (weight.bundled / 1e3).toFixed(1),
    ])
  }
  const header = [
    'package',
    'import, ms of CPU',
    'first decision, ms',
    'installed, MB',
    'bundled, kB gzip',
  ]
  return { table: renderTable(header, rows), figures: { ...figures, node: versions['node'] } }
}
