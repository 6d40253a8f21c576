// One run: everything starts; the faults of the plan happen under load; then peace, and the account.
import { findDifferences, loadLedgers, readTotals, type Totals } from './account.ts'
import type { AgentProcess } from './agent-process.ts'
import { causeFaults } from './cause-faults.ts'
import { type RunContext, startParts } from './parts.ts'
import type { CrashOptions } from './plan.ts'
import { settle } from './settle.ts'

export interface CrashResult {
  readonly totals: readonly Totals[]
  /** What clients dropped, by their own count and by reason. */
  readonly dropped: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly faults: number
  readonly startsInVain: number
  readonly versions: number
  readonly differences: readonly string[]
}

export async function runCrash(options: CrashOptions, context: RunContext): Promise<CrashResult> {
  const differences: string[] = []
  const note = (difference: string) => {
    differences.push(difference)
    context.say(`DIFFERENCE ${difference}`)
  }
  const parts = await startParts(options, context, note)
  const faults = await causeFaults(options, parts, context)
  await settle(options, parts, context, note)
  context.say('counting')
  const { pool, ledgers, blanks, workers, agents } = parts
  await loadLedgers(pool, ledgers)
  differences.push(...(await findDifferences(pool, blanks())))
  const totals = await readTotals(pool)
  const dropped = readDropped(agents)
  for (const [producer, reasons] of Object.entries(dropped)) {
    const counted = Object.values(reasons).reduce((sum, count) => sum + count, 0)
    const total = totals.find((one) => one.producer === producer && one.fate === 'dropped')
    if (counted === (total?.outcomes ?? 0)) continue
    differences.push(
      `${producer} has dropped ${total?.outcomes ?? 0} outcomes and counts ${counted}`,
    )
  }
  const { rows } = await pool.query<{ versions: number }>(
    'select count(*)::int as versions from winrate.snapshots',
  )
  return {
    totals,
    dropped,
    faults,
    startsInVain: workers.startsInVain(),
    versions: rows[0]?.versions ?? 0,
    differences,
  }
}

/** Of the clients that were not killed: a killed one has forgotten its count. */
function readDropped(agents: readonly AgentProcess[]): CrashResult['dropped'] {
  return Object.fromEntries(
    agents.filter(({ job }) => !job.isKilled).map((agent) => [agent.name, agent.report().dropped]),
  )
}
