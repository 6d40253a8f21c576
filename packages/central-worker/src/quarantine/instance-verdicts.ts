// An operator's verdict on an instance: quarantined (left out whatever its numbers), trusted (counted
// whatever its numbers), or none (judged by its numbers). It is one row of instance_verdicts, which
// every tick reads. Guarantees: changes are idempotent and serialised; nothing is counted or left out before
// the next tick.
import { limits } from '@winrate/shared-schema/contracts'
import type { Verdict, VerdictChange } from '@winrate/shared-schema/http'
import type pg from 'pg'
import { z } from 'zod'
import { type NewEvent, noteEvents } from '../events/note-events.ts'
import { inTransaction, type Queryable } from '../postgres/queryable.ts'
import { RefusedError } from '../runtime/refused-error.ts'
import { isStorableText, UNSTORABLE } from '../runtime/storable-text.ts'

/** As outcomes carry it: spaces at its ends are part of it. */
const instanceId = z.string().min(1).max(limits.instanceIdChars).refine(isStorableText, UNSTORABLE)

const reason = z
  .string()
  .trim()
  .min(1)
  .max(limits.verdictReasonChars)
  .refine(isStorableText, UNSTORABLE)
  .describe('Shown with the quarantine')

/** What an operator says, over HTTP and on the command line. */
export const quarantineSchema = z.object({ instanceId, reason })
export const releaseSchema = z.object({ instanceId, reason: reason.optional() })

export type InstanceVerdicts = ReturnType<typeof createInstanceVerdicts>

export function createInstanceVerdicts(pool: pg.Pool, windowDays: number) {
  async function change(
    instanceId: string,
    decide: (client: pg.PoolClient) => Promise<{ verdict: Verdict | null; message: string }>,
  ): Promise<VerdictChange> {
    return inTransaction(pool, async (client) => {
      await client.query('lock table winrate.instance_verdicts in exclusive mode')
      const before = await findVerdict(client, instanceId)
      const { verdict, message } = await decide(client)
      await noteEvents(client, verdictEvents(instanceId, before, verdict))
      const { outcomes, pinnedVersion } = await readCircumstances(client, instanceId, windowDays)
      const notes = [message]
      if (outcomes === 0) notes.push('It has sent no outcome in the window: is the name right?')
      if (pinnedVersion !== null) {
        notes.push(`Clients see no change while version ${pinnedVersion} is pinned.`)
      }
      return { instanceId, verdict, outcomes, message: notes.join(' ') }
    })
  }

  return {
    /** Leaves the instance out from the next tick on. */
    quarantine: ({ instanceId, reason }: z.infer<typeof quarantineSchema>) =>
      change(instanceId, async (client) => ({
        verdict: await storeVerdict(client, instanceId, { verdict: 'quarantined', reason }),
        message: `From the next tick on nothing that ${instanceId} sent is counted.`,
      })),
    /**
     * Ends a quarantine: removes an operator's, overrules an automatic one by the verdict `trusted`.
     *
     * @throws RefusedError when the instance is not quarantined.
     */
    release: ({ instanceId, reason = 'released' }: z.infer<typeof releaseSchema>) =>
      change(instanceId, async (client) => release(client, { instanceId, reason })),
  }
}

async function release(
  client: Queryable,
  { instanceId, reason }: { instanceId: string; reason: string },
): Promise<{ verdict: Verdict | null; message: string }> {
  const { verdict, leftOutFor } = await readState(client, instanceId)
  if (verdict?.verdict === 'trusted') {
    return { verdict, message: `${instanceId} is trusted already; the next tick counts it.` }
  }
  if (verdict?.verdict === 'quarantined') {
    await client.query('delete from winrate.instance_verdicts where instance_id = $1', [instanceId])
    const message = `From the next tick on ${instanceId} is judged by its numbers again.`
    return { verdict: null, message }
  }
  if (leftOutFor.length === 0) {
    throw new RefusedError('not-quarantined', `${instanceId} is not quarantined`)
  }
  // The last tick still shows an operator's quarantine whose verdict a release has already removed.
  if (leftOutFor.every((cause) => cause === 'operator')) {
    return { verdict: null, message: `${instanceId} is released already, from the next tick on.` }
  }
  return {
    verdict: await storeVerdict(client, instanceId, { verdict: 'trusted', reason }),
    message: `${instanceId} is trusted: from the next tick on it is counted whatever its numbers. To have it judged by them again, quarantine and release it.`,
  }
}

/** Nothing where the decision was there already. */
function verdictEvents(
  instanceId: string,
  before: Verdict | null,
  now: Verdict | null,
): readonly NewEvent[] {
  if (before?.verdict === now?.verdict && before?.reason === now?.reason) return []
  if (now?.verdict === 'quarantined') {
    const message = `${instanceId} is left out by an operator: ${now.reason}`
    return [{ kind: 'quarantine', instanceId, message }]
  }
  const message =
    now === null
      ? `${instanceId} is judged by its numbers again.`
      : `${instanceId} is trusted by an operator: ${now.reason}`
  return [{ kind: 'release', instanceId, message }]
}

type VerdictRow = Omit<Verdict, 'decidedAt'> & { readonly decidedAt: Date }

async function storeVerdict(
  queryable: Queryable,
  instanceId: string,
  { verdict, reason }: Omit<Verdict, 'decidedAt'>,
): Promise<Verdict> {
  const { rows } = await queryable.query<VerdictRow>(
    `insert into winrate.instance_verdicts as known (instance_id, verdict, reason)
     values ($1, $2, $3)
     on conflict (instance_id) do update set
       verdict = excluded.verdict,
       reason = excluded.reason,
       decided_at = case
         when known.verdict = excluded.verdict then known.decided_at
         else excluded.decided_at
       end
     returning verdict, reason, decided_at as "decidedAt"`,
    [instanceId, verdict, reason],
  )
  const [stored] = rows.map(toVerdict)
  if (stored === undefined) throw new Error('a verdict was stored but not returned')
  return stored
}

async function readState(
  queryable: Queryable,
  instanceId: string,
): Promise<{ verdict: Verdict | null; leftOutFor: readonly string[] }> {
  const { rows: causes } = await queryable.query<{ reason: string }>(
    'select distinct reason from winrate.instance_quarantines where instance_id = $1',
    [instanceId],
  )
  const verdict = await findVerdict(queryable, instanceId)
  return { verdict, leftOutFor: causes.map(({ reason }) => reason) }
}

async function findVerdict(queryable: Queryable, instanceId: string): Promise<Verdict | null> {
  const { rows } = await queryable.query<VerdictRow>(
    `select verdict, reason, decided_at as "decidedAt"
     from winrate.instance_verdicts where instance_id = $1`,
    [instanceId],
  )
  const [verdict = null] = rows.map(toVerdict)
  return verdict
}

async function readCircumstances(queryable: Queryable, instanceId: string, windowDays: number) {
  const { rows } = await queryable.query<{ outcomes: number; pinnedVersion: number | null }>(
    `select
       (
         select greatest(0, coalesce(sum(samples + transport_failures), 0))::float8
         from winrate.outcome_rollups
         where instance_id = $1
           and hour > date_trunc('hour', now(), 'UTC') - make_interval(hours => $2)
       ) as outcomes,
       (select pinned_version::float8 from winrate.snapshot_head where held_version is null) as "pinnedVersion"`,
    [instanceId, Math.round(windowDays * 24)],
  )
  return rows[0] ?? { outcomes: 0, pinnedVersion: null }
}

function toVerdict(row: VerdictRow): Verdict {
  return { ...row, decidedAt: row.decidedAt.toISOString() }
}
