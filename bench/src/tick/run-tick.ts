import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { BenchPostgres } from '../measuring/bench-postgres.ts'
import type { BenchReport } from '../measuring/run-bench.ts'
import { type Spread, spreadOf } from '../measuring/spread.ts'
import { renderTable, spreadText } from '../measuring/table.ts'
import { type IngestRate, ingestInto, measureIngest } from './ingest-load.ts'
import { createMeasuredTicks, type MeasuredTick, type MeasuredTicks } from './measured-ticks.ts'
import { CELLS, INSTANCES, openTickDatabase, type TickDatabase } from './tick-database.ts'

const HOURS = 168
const CHANGED = [0, 10, 100, 1_000] as const
/** Cells that change between two ticks within an hour. */
const CHANGED_IN_AN_HOUR = 100
/** Instances that report an outcome in each changed cell. */
const INSTANCES_A_CHANGE = 5

/** The figures at one size of the tables. */
interface SizeFigures {
  readonly outcomes: number
  readonly rollups: number
  readonly stateMiB: number
  readonly ticks: ReadonlyMap<string, readonly MeasuredTick[]>
  readonly ingestAlone: readonly IngestRate[]
  readonly ingestBeside: readonly IngestRate[]
}

export async function runTick(
  { quick }: { readonly quick: boolean },
  postgres: BenchPostgres,
): Promise<BenchReport> {
  const sizes = quick ? [60_000, 300_000] : [1_000_000, 10_000_000]
  const plan = quick
    ? { rounds: 2, hours: 1, ticksAnHour: 6, ingestRounds: 1, ingested: 5_000 }
    : { rounds: 15, hours: 5, ticksAnHour: 60, ingestRounds: 3, ingested: 60_000 }
  const database = await openTickDatabase(postgres)
  const measured: SizeFigures[] = []
  let filled = 0
  for (const size of sizes) {
    progress(`filling up to ${size.toLocaleString('en-US')} outcomes…`)
    await database.fill(Math.ceil((size - filled) / HOURS))
    filled = size
    progress('ticking…')
    measured.push(await measureSize(database, plan))
  }
  return report(measured, database.postgresVersion)
}

interface Plan {
  readonly rounds: number
  readonly hours: number
  readonly ticksAnHour: number
  readonly ingestRounds: number
  readonly ingested: number
}

async function measureSize(database: TickDatabase, plan: Plan): Promise<SizeFigures> {
  const { pool, connection } = database
  const ticks = createMeasuredTicks(connection)
  const found = new Map<string, MeasuredTick[]>()
  const tick = async (name: string, of: MeasuredTicks = ticks) => {
    found.set(name, [...(found.get(name) ?? []), await of.run()])
  }
  try {
    const rollups = await database.count('outcome_rollups')
    const outcomes = await database.count('task_preferences')
    const emptyBytes = usedBytes()
    await tick('cold')
    const stateMiB = (usedBytes() - emptyBytes) / 2 ** 20
    for (let round = 0; round < plan.rounds; round += 1) {
      for (const cells of CHANGED) {
        await ingestInto(pool, { cells, instances: INSTANCES_A_CHANGE })
        await tick(`changed${cells}`)
      }
    }
    const ingestAlone: IngestRate[] = []
    const ingestBeside: IngestRate[] = []
    for (let round = 0; round < plan.ingestRounds; round += 1) {
      ingestAlone.push(await measureIngest(pool, plan.ingested, async () => {}))
      const besides = async (isDone: () => boolean) => {
        while (!isDone()) await tick('beside')
      }
      ingestBeside.push(await measureIngest(pool, plan.ingested, besides))
    }
    for (let hour = 0; hour < plan.hours; hour += 1) {
      const minutes = 60 / plan.ticksAnHour
      for (let minute = minutes; minute < 60; minute += minutes) {
        await database.setMinute(minute)
        await ingestInto(pool, { cells: CHANGED_IN_AN_HOUR, instances: INSTANCES_A_CHANGE })
        await tick('withinHour')
      }
      await database.setMinute(60)
      await tick('hourChange')
    }
    return { outcomes, rollups, stateMiB, ticks: found, ingestAlone, ingestBeside }
  } finally {
    await ticks.close()
  }
}

function report(measured: readonly SizeFigures[], postgresVersion: string): BenchReport {
  const names = [
    'cold',
    'changed0',
    'changed10',
    'changed100',
    'changed1000',
    'beside',
    'withinHour',
    'hourChange',
  ]
  const titles = [
    'first tick, reads everything',
    ...CHANGED.map((cells) => `${cells} cells changed`),
  ]
  titles.push(
    'back-to-back ticks beside ingest',
    `${CHANGED_IN_AN_HOUR} cells changed, one interval later`,
    'first tick of an hour',
  )
  const figure = (size: SizeFigures, name: string, of: keyof MeasuredTick): Spread =>
    spreadOf((size.ticks.get(name) ?? []).map((tick) => tick[of]))
  const tables = measured.map((size) => {
    const head = `${size.outcomes.toLocaleString('en-US')} outcomes, ${size.rollups.toLocaleString('en-US')} rollups, ${CELLS} cells, ${INSTANCES} instances; the sums take ${size.stateMiB.toFixed(0)} MiB`
    const rows = names.map((name, at) => [
      titles[at] ?? '',
      spreadText(figure(size, name, 'databaseMs'), 1),
      spreadText(figure(size, name, 'wallMs'), 1),
      spreadText(figure(size, name, 'stallMs'), 1),
    ])
    const table = renderTable(['tick', 'database ms', 'wall ms', 'longest stall ms'], rows)
    const rate = (rates: readonly IngestRate[]) =>
      spreadText(spreadOf(rates.map(({ outcomesPerSecond }) => outcomesPerSecond)))
    const longest = (rates: readonly IngestRate[]) =>
      spreadText(spreadOf(rates.map(({ longestStatementMs }) => longestStatementMs)))
    const ingest = renderTable(
      ['ingest by one consumer', 'outcomes/s', 'longest statement ms'],
      [
        ['alone', rate(size.ingestAlone), longest(size.ingestAlone)],
        ['beside back-to-back ticks', rate(size.ingestBeside), longest(size.ingestBeside)],
      ],
    )
    return `${head}\n\n${table}\n${ingest}`
  })
  const bySize = measured.map((size) => {
    const medians = (of: keyof MeasuredTick) =>
      Object.fromEntries(names.map((name) => [name, figure(size, name, of)]))
    const { outcomes, rollups, stateMiB, ingestAlone, ingestBeside } = size
    return {
      ...{ outcomes, rollups, stateMiB, ingestAlone, ingestBeside },
      ...{
        databaseMs: medians('databaseMs'),
        wallMs: medians('wallMs'),
        stallMs: medians('stallMs'),
      },
    }
  })
  const [smallest, largest] = [measured[0], measured.at(-1)]
  if (smallest === undefined || largest === undefined) throw new Error('nothing was measured')
  const databaseMs = Object.fromEntries(
    CHANGED.map((cells) => [
      `changed${cells}`,
      figure(largest, `changed${cells}`, 'databaseMs').median,
    ]),
  )
  const ratio =
    figure(largest, 'changed1000', 'databaseMs').median /
    figure(smallest, 'changed1000', 'databaseMs').median
  const settled = [...largest.ticks].filter(([name]) => name !== 'cold').flatMap(([, all]) => all)
  const headline = `${(largest.outcomes / smallest.outcomes).toFixed(0)} times the outcomes, ${ratio.toFixed(2)} times the database time of a tick after 1,000 cells changed\n\n`
  return {
    table: `${headline}Postgres ${postgresVersion}. Medians (least-most). Database time: from sending a statement until its last row arrived.\n\n${tables.join('\n')}`,
    figures: {
      databaseMs,
      coldMs: figure(largest, 'cold', 'databaseMs').median,
      hourChangeMs: figure(largest, 'hourChange', 'databaseMs').median,
      longestStallMs: Math.max(...settled.map(({ stallMs }) => stallMs)),
      stateMiB: largest.stateMiB,
      ratioOfSizes: ratio,
      ingestRatio:
        spreadOf(largest.ingestBeside.map(({ outcomesPerSecond }) => outcomesPerSecond)).median /
        spreadOf(largest.ingestAlone.map(({ outcomesPerSecond }) => outcomesPerSecond)).median,
      bySize,
      postgres: postgresVersion,
    },
  }
}

/** Bytes in use after a garbage collection. */
function usedBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`)
}
