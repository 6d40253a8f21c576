// The budget that holds: one row of `budgets` without an end, which every tick paces and publishes with its snapshot.
// Guarantees: at most one holds, whoever sets one at the same time; what a tick has paced outlives its worker, and of two workers
// each goes on from what the other one left.
import {
  type Budget,
  LEAST_BUDGET_USD,
  MOST_BUDGET_USD,
  type Policy,
} from '@winrate/shared-schema/contracts'
import type { BudgetFacts } from '@winrate/shared-schema/http'
import type pg from 'pg'
import { z } from 'zod'
import { noteEvents } from '../events/note-events.ts'
import { inTransaction, type Queryable } from '../postgres/queryable.ts'
import { type BudgetSetting, isSilent, owedUsd, type Pacing, paceFleet } from './pace-fleet.ts'
import { expectCallsLeft, readSpending, readUsualHours } from './read-spending.ts'

const usdMessage = `must be a number of US dollars between ${LEAST_BUDGET_USD} and ${MOST_BUDGET_USD}`
export const usdSchema = z.coerce
  .number(usdMessage)
  .min(LEAST_BUDGET_USD, usdMessage)
  .max(MOST_BUDGET_USD, usdMessage)

interface Row extends BudgetSetting {
  readonly since: Date
  readonly until: Date | null
  readonly pacing: StoredPacing | null
}

interface StoredPacing extends Pacing {
  /** Decisions in each hour of a day as usual: worked out at the first tick of the day. */
  readonly usualHours: readonly number[]
}

/** The budget that holds, else the one that ended last. */
async function readRow(queryable: Queryable): Promise<Row | undefined> {
  const { rows } = await queryable.query<Row>({
    name: 'read-budget',
    text: `
      select per, usd, since, until, pacing
      from winrate.budgets
      order by until is null desc, until desc
      limit 1`,
  })
  return rows[0]
}

/** The policy with the budget that holds now, as the last tick has paced it; none where none does. */
export async function withBudget(queryable: Queryable, policy: Policy): Promise<Policy> {
  const { budget: _then, ...rest } = policy
  const row = await readRow(queryable)
  if (row?.pacing === undefined || row.pacing === null || row.until !== null) return rest
  const { per, usd, pacing } = row
  const { ceilingUsd, targetUsd, usdPrice } = pacing
  const within = (value: number) => Math.min(MOST_BUDGET_USD, Math.max(LEAST_BUDGET_USD, value))
  const budget: Budget = {
    usdPerCall: within(ceilingUsd),
    ...(per === 'day' && { usdPerDay: usd }),
    ...{ usdPrice, targetUsd: within(targetUsd) },
  }
  return { ...rest, budget }
}

/**
 * Paces the budget by what was spent until now, once in the transaction of a tick. Returns why an event of it could not be
 * noted.
 */
export async function paceBudget(
  queryable: Queryable,
  by: string | undefined,
): Promise<Error | undefined> {
  const row = await readRow(queryable)
  if (row === undefined || row.until !== null) return undefined
  const { midnight, ...spent } = await readSpending(queryable)
  const before = row.pacing ?? undefined
  const usualHours =
    before?.day === spent.day ? before.usualHours : await readUsualHours(queryable, midnight)
  const callsLeft = expectCallsLeft(usualHours, spent)
  const paced = paceFleet(row, { ...spent, callsLeft }, before)
  const pacing: StoredPacing = { ...paced, usualHours }
  await queryable.query('update winrate.budgets set pacing = $1 where until is null', [
    JSON.stringify(pacing),
  ])
  const [was, is] = [problemOf(row, before), problemOf(row, pacing)]
  if (was === is) return undefined
  const message = is ?? 'The budget can be held again.'
  return noteEvents(queryable, [{ kind: 'budget', message, by }])
}

const TICKS_UNTIL_TOLD = 5

/** Why the budget cannot be held; null where nothing says so. */
function problemOf({ per, usd }: BudgetSetting, pacing: Pacing | undefined): string | null {
  if (pacing === undefined) return null
  if (isSilent(pacing)) {
    return 'The budget cannot be held: no outcome of today says what its call cost.'
  }
  return pacing.ticksAtMost < TICKS_UNTIL_TOLD
    ? null
    : `Even the cheapest candidates cost more than the budget of ${describeUsd({ per, usd })}.`
}

export function readBudgetFacts(queryable: Queryable): Promise<BudgetFacts> {
  return factsOf(queryable)
}

/** Sets a budget in place of the one that holds, unless that is the same. Clients hear of it with the next snapshot. */
export function setBudget(pool: pg.Pool, setting: BudgetSetting): Promise<BudgetFacts> {
  return inTransaction(pool, async (client) => {
    await lock(client)
    const row = await readRow(client)
    const holds = row !== undefined && row.until === null
    if (holds && row.per === setting.per && row.usd === setting.usd) return factsOf(client)
    await end(client)
    await client.query('insert into winrate.budgets (per, usd) values ($1, $2)', [
      setting.per,
      setting.usd,
    ])
    const message = `Calls may cost ${describeUsd(setting)} from the next snapshot on.`
    await noteEvents(client, [{ kind: 'budget', message }])
    return factsOf(client)
  })
}

export function endBudget(pool: pg.Pool): Promise<BudgetFacts> {
  return inTransaction(pool, async (client) => {
    await lock(client)
    if (await end(client)) {
      const message = 'The budget has ended: calls may cost what they are worth.'
      await noteEvents(client, [{ kind: 'budget', message }])
    }
    return factsOf(client)
  })
}

async function factsOf(queryable: Queryable): Promise<BudgetFacts> {
  const row = await readRow(queryable)
  if (row === undefined) return { budget: null }
  const { per, usd, since, until, pacing } = row
  return {
    budget: {
      ...{ per, usd, since: since.toISOString(), until: until?.toISOString() ?? null },
      today:
        pacing === null
          ? null
          : {
              ...{ day: pacing.day, calls: pacing.calls, pricedCalls: pacing.pricedCalls },
              ...{ spentUsd: Number(pacing.usd.toFixed(9)), callsLeft: pacing.callsLeft },
              ...{ ceilingUsd: pacing.ceilingUsd, targetUsd: pacing.targetUsd },
              ...{ usdPrice: pacing.usdPrice, owedUsd: owedUsd(pacing) },
            },
      problem: problemOf(row, pacing ?? undefined),
    },
  }
}

async function lock(client: Queryable): Promise<void> {
  await client.query('lock table winrate.budgets in exclusive mode')
}

/** Whether one held. */
async function end(client: Queryable): Promise<boolean> {
  const { rows } = await client.query(
    'update winrate.budgets set until = now() where until is null returning id',
  )
  return rows.length > 0
}

export function describeUsd({ per, usd }: BudgetSetting): string {
  return per === 'call' ? `$${usd} a call on average` : `$${usd} a day`
}
