// Measures how fast one client process gets outcomes into the queue, and what that costs the process.
//
//   npm run bench:publish [-- --outcomes 300000 --repeats 5 --no-peers --quick --json]
import { parseBenchFlags } from '../measuring/bench-flags.ts'
import { withBenchPostgres } from '../measuring/bench-postgres.ts'
import { runBench } from '../measuring/run-bench.ts'
import { renderTable, spreadText } from '../measuring/table.ts'
import { installPeers } from '../peers/peer-packages.ts'
import { peerNames } from './peer-enqueues.ts'
import { type PublishResult, runPublish } from './run-publish.ts'

const help = `npm run bench:publish -- [flags]

A router in a separate process publishes to the queue in an embedded Postgres with durable defaults. For
comparison, pgmq's own functions and the peers' batch APIs do so on the same server (BullMQ: on Redis).

  --outcomes N   outcomes per repeat (300000; quick 60000); slow contenders get a share
  --repeats N    interleaved repeats (5; quick 1)
  --no-peers     leave out the peers
  --quick        a short run
  --json         print one JSON object as the last line
`

await runBench({
  name: 'publish',
  help,
  async run(args) {
    const given = parseBenchFlags(args, {
      numbers: {
        outcomes: { usual: 300_000, quick: 60_000 },
        repeats: { usual: 5, quick: 1 },
      },
      switches: ['no-peers'],
    })
    const { outcomes, repeats } = given
    const peers = given['no-peers'] ? undefined : await installPeers()
    const result = await withBenchPostgres((postgres) =>
      runPublish({ outcomes, repeats, peers }, postgres),
    )
    return {
      table: render(result),
      figures: { ...figuresOf(result), outcomes, repeats, versions: peers?.versions },
    }
  },
})

function figuresOf({ rates, client }: PublishResult) {
  const peers = Object.fromEntries(
    peerNames.flatMap((name) => (rates[name] === undefined ? [] : [[name, rates[name]]])),
  )
  const outcomesPerSecond = rates['winrate']?.median ?? 0
  const fastestPeer = Math.max(...Object.values(peers).map(({ median }) => median))
  return {
    outcomesPerSecond,
    ratioToFastestPeer: outcomesPerSecond / fastestPeer,
    ...Object.fromEntries(Object.entries(client).map(([name, { median }]) => [name, median])),
    peers,
    rates,
    client,
  }
}

function render({ rates, client }: PublishResult): string {
  const winrate = rates['winrate']?.median ?? 0
  const published = Object.entries(rates).map(([name, rate]) => [
    name,
    `${(winrate / rate.median).toFixed(2)} x`,
    spreadText(rate),
  ])
  const costs = [
    ['recordPreference, p50', `${spreadText(client.recordP50Ns)} ns`],
    ['recordPreference, p99', `${spreadText(client.recordP99Ns)} ns`],
    ['recordPreference, p99.9', `${spreadText(client.recordP999Ns)} ns`],
    ['share of the timer in p99 and p99.9', `${spreadText(client.timerNs)} ns`],
    ['longest stall of the event loop', `${spreadText(client.longestStallMs, 1)} ms`],
    ['stalls, p99', `${spreadText(client.stallP99Ms, 1)} ms`],
    ['longest turn, by processor time', `${spreadText(client.longestTurnCpuMs, 1)} ms`],
    ['turns, by processor time, p99', `${spreadText(client.turnCpuP99Ms, 1)} ms`],
    ['longest wait for a processor', `${spreadText(client.longestWaitMs, 1)} ms`],
    ['growth of the heap, at its peak', `${spreadText(client.heapGrowthMiB, 1)} MiB`],
    ['growth of the process, at its peak', `${spreadText(client.rssGrowthMiB, 1)} MiB`],
  ]
  return `${renderTable(['published by', 'winrate is', 'outcomes/s'], published)}\n${renderTable(['the process of winrate', ''], costs)}`
}
