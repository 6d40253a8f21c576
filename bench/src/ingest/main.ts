// Measures how fast outcomes get from the queue into the tables, beside COPY and other queues' workers.
//
//   npm run bench:ingest [-- --outcomes 200000 --repeats 3 --no-peers --growth --quick --json]
import { parseBenchFlags } from '../measuring/bench-flags.ts'
import { withBenchPostgres } from '../measuring/bench-postgres.ts'
import { runBench } from '../measuring/run-bench.ts'
import type { Spread } from '../measuring/spread.ts'
import { renderTable, spreadText } from '../measuring/table.ts'
import { installPeers } from '../peers/peer-packages.ts'
import { type GrowthStep, runGrowth } from './run-growth.ts'
import { DEFAULT_SETUP, type IngestRates, runIngest } from './run-ingest.ts'

const help = `npm run bench:ingest -- [flags]

The worker empties a full queue into the tables with everything on (validation, exactly once, hourly sums
per instance, dead letters, partitions), on an embedded Postgres with durable defaults. For comparison, COPY
writes the same rows into the same table, and peers store the same outcomes in a table with the same indexes.
Peers neither validate nor sum.

  --outcomes N   outcomes per repeat (200000; quick 20000); peers get a quarter
  --repeats N    interleaved repeats (3; quick 1)
  --no-peers     leave out the peers
  --growth       measure instead 1, 2 and 4 consumers with 1, 5 and 20 million outcomes stored; takes about
                 ten minutes and 10 GB (quick: 100 and 300 thousand)
  --quick        a short run
  --json         print one JSON object as the last line
`

const SIZES = [1_000_000, 5_000_000, 20_000_000]
const QUICK_SIZES = [100_000, 300_000]

await runBench({
  name: 'ingest',
  help,
  async run(args) {
    const given = parseBenchFlags(args, {
      numbers: {
        outcomes: { usual: 200_000, quick: 20_000 },
        repeats: { usual: 3, quick: 1 },
      },
      switches: ['growth', 'no-peers'],
    })
    const { outcomes, repeats } = given
    if (given.growth) {
      const sizes = given.quick ? QUICK_SIZES : SIZES
      const growth = await withBenchPostgres((postgres) =>
        runGrowth({ sizes, outcomes, repeats }, postgres),
      )
      return { table: renderGrowth(growth), figures: { growth, outcomes, repeats } }
    }
    const peers = given['no-peers'] ? undefined : await installPeers()
    const rates = await withBenchPostgres((postgres) =>
      runIngest({ outcomes, repeats, peers }, postgres),
    )
    return {
      table: renderRates(rates),
      figures: { ...figuresOf(rates), outcomes, repeats, versions: peers?.versions },
    }
  },
})

function figuresOf({ winrate, copy, peers }: IngestRates) {
  const median = (rates: Readonly<Record<string, Spread>>, name: string) => rates[name]?.median ?? 0
  const rate = median(winrate, DEFAULT_SETUP)
  const fastest = (of: readonly (readonly [string, Spread])[]) =>
    of.length === 0 ? null : rate / Math.max(...of.map(([, peer]) => peer.median))
  const all = Object.entries(peers)
  return {
    winrate: rate,
    copy: median(copy, '1 connection'),
    ratioToFastestPeer: fastest(all),
    // Without the peers whose users put many outcomes into one job themselves.
    ratioToFastestJobAnOutcome: fastest(all.filter(([name]) => !name.includes('-batches'))),
    ratioToCopy: rate / median(copy, '1 connection'),
    ratioToCopyOfTwo: rate / median(copy, '2 connections'),
    ratioOfOneToCopy: median(winrate, 'sealed batches, 1 consumer') / median(copy, '1 connection'),
    peers: Object.fromEntries(Object.entries(peers).map(([name, peer]) => [name, peer.median])),
    rates: { winrate, copy, peers },
  }
}

function renderRates({ winrate, copy, peers }: IngestRates): string {
  const rate = winrate[DEFAULT_SETUP]?.median ?? 0
  const rows = [
    ...Object.entries(winrate).map(([name, spread]) => [`winrate, ${name}`, spread] as const),
    ...Object.entries(copy).map(([name, spread]) => [`COPY, ${name}`, spread] as const),
    ...Object.entries(peers),
  ].map(([name, spread]) => [name, `${(rate / spread.median).toFixed(2)} x`, spreadText(spread)])
  return renderTable(['', 'winrate is', 'outcomes/s'], rows)
}

function renderGrowth(growth: readonly GrowthStep[]): string {
  const consumers = Object.keys(growth[0]?.rates ?? {})
  const rows = growth.map(({ stored, rates }) => [
    stored.toLocaleString('en-US'),
    ...Object.values(rates).map((rate) => spreadText(rate)),
  ])
  return renderTable(['stored', ...consumers.map((count) => `${count} consumers`)], rows)
}
