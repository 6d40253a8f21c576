// The experiment that is running: one row of `experiments` without an end, which every tick publishes with its snapshot.
// Guarantees: at most one is running, whoever begins one at the same time; another share or baseline is another experiment.
import {
  type Holdout,
  LEAST_SHARE,
  limits,
  MOST_SHARE,
  type Policy,
} from '@winrate/shared-schema/contracts'
import type { HoldoutFacts } from '@winrate/shared-schema/http'
import type pg from 'pg'
import { z } from 'zod'
import { noteEvents } from '../events/note-events.ts'
import { inTransaction, type Queryable } from '../postgres/queryable.ts'
import { isStorableText, UNSTORABLE } from '../runtime/storable-text.ts'

const shareMessage = `must be a number between ${LEAST_SHARE} and ${MOST_SHARE}`
export const shareSchema = z.coerce
  .number(shareMessage)
  .min(LEAST_SHARE, shareMessage)
  .max(MOST_SHARE, shareMessage)

export const baselineSchema = z
  .string()
  .trim()
  .min(1)
  .max(limits.providerChars + 1 + limits.modelNameChars)
  .refine(isStorableText, UNSTORABLE)

export interface Experiment extends Holdout {
  readonly until: string | null
}

/** The running experiment, else the one that ended last. */
export async function readExperiment(queryable: Queryable): Promise<Experiment | undefined> {
  const { rows } = await queryable.query<
    Pick<Holdout, 'id' | 'share' | 'baseline'> & { since: Date; until: Date | null }
  >({
    name: 'read-experiment',
    text: `
      select id, share, baseline, since, until
      from winrate.experiments
      order by until is null desc, until desc
      limit 1`,
  })
  const [row] = rows
  return (
    row && {
      ...row,
      since: row.since.toISOString(),
      until: row.until?.toISOString() ?? null,
    }
  )
}

/** The policy with the experiment that is running now, and none where none is. */
export async function withHoldout(queryable: Queryable, policy: Policy): Promise<Policy> {
  const { holdout: _then, ...rest } = policy
  const experiment = await readExperiment(queryable)
  if (experiment === undefined || experiment.until !== null) return rest
  const { until: _until, ...holdout } = experiment
  return { ...rest, holdout }
}

export function readHoldoutFacts(pool: pg.Pool): Promise<HoldoutFacts> {
  return inTransaction(pool, factsOf)
}

/** Begins an experiment and ends the running one, unless that is the same. Clients hear of it with the next snapshot. */
export function beginHoldout(
  pool: pg.Pool,
  { share, baseline }: Pick<Holdout, 'share' | 'baseline'>,
): Promise<HoldoutFacts> {
  return inTransaction(pool, async (client) => {
    await lock(client)
    const { experiment } = await factsOf(client)
    const isRunning = experiment !== null && experiment.until === null
    if (isRunning && experiment.share === share && experiment.baseline === baseline) {
      return factsOf(client)
    }
    await endRunning(client)
    await client.query('insert into winrate.experiments (share, baseline) values ($1, $2)', [
      share,
      baseline,
    ])
    const message = `${(share * 100).toFixed(1)} % of the sessions are routed by ${baseline}, to compare with.`
    await noteEvents(client, [{ kind: 'holdout', message }])
    return factsOf(client)
  })
}

export function endHoldout(pool: pg.Pool): Promise<HoldoutFacts> {
  return inTransaction(pool, async (client) => {
    await lock(client)
    if (await endRunning(client)) {
      const message = 'The experiment has ended: all sessions learn again.'
      await noteEvents(client, [{ kind: 'holdout', message }])
    }
    return factsOf(client)
  })
}

async function factsOf(queryable: Queryable): Promise<HoldoutFacts> {
  return { experiment: (await readExperiment(queryable)) ?? null }
}

async function lock(client: Queryable): Promise<void> {
  await client.query('lock table winrate.experiments in exclusive mode')
}

/** Whether one was running. */
async function endRunning(client: Queryable): Promise<boolean> {
  const { rows } = await client.query(
    'update winrate.experiments set until = now() where until is null returning id',
  )
  return rows.length > 0
}
