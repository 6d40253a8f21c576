// Instance ids that leave the worker without instances to compare: those that several processes share, and those that
// come and go. An operator learns of them from the log, `npx winrate status` and `npx winrate doctor`.
import type { Logger } from 'pino'
import { readSharedIds, SHARED_ID_ADVICE } from '../notices/shared-ids.ts'
import type { Queryable } from '../postgres/queryable.ts'

const MOST_LOGGED = 5
const MINUTE_MS = 60_000

/** Logs a line about shared ids, at most once a minute however short ticks are. */
export function createSharedIdReport(queryable: Queryable, logger: Logger, nowMs: () => number) {
  let toldMs = Number.NEGATIVE_INFINITY
  return async (): Promise<void> => {
    if (nowMs() - toldMs < MINUTE_MS) return
    toldMs = nowMs()
    const { ids, found } = await readSharedIds(queryable, MOST_LOGGED)
    if (found > 0) logger.warn({ ids, found, advice: SHARED_ID_ADVICE }, 'instance-ids-shared')
  }
}

/** When an instance was first and last heard of. */
export interface InstanceLife {
  readonly instanceId: string
  /** It sent something within the last day. */
  readonly isLive: boolean
}

/** Instances that are grouped by the form of their ids, the most recent ones. */
const INSTANCES_GROUPED = 20_000

export async function readInstanceLives(
  queryable: Queryable,
  windowDays: number,
): Promise<readonly InstanceLife[]> {
  const { rows } = await queryable.query<InstanceLife>({
    text: `
      select instance_id as "instanceId", max(hour) > now() - interval '1 day' as "isLive"
      from winrate.outcome_rollups
      where hour > now() - make_interval(days => $1)
      group by instance_id
      order by max(hour) desc, instance_id
      limit $2`,
    values: [windowDays, INSTANCES_GROUPED],
  })
  return rows
}

/** Ids of one form, most of which are gone. */
export interface PassingIds {
  /** `agent-*-*`: what is different in each id is a star. */
  readonly form: string
  readonly ids: number
  readonly gone: number
}

const LEAST_GONE = 20
const GONE_PER_LIVE = 2

/** The forms of ids that come and go, as of a Deployment's pods or of a process that draws a new one at each start. */
export function findPassingIds(lives: readonly InstanceLife[]): readonly PassingIds[] {
  const forms = new Map<string, { ids: number; gone: number }>()
  for (const { instanceId, isLive } of lives) {
    const form = formOf(instanceId)
    const { ids, gone } = forms.get(form) ?? { ids: 0, gone: 0 }
    forms.set(form, { ids: ids + 1, gone: gone + (isLive ? 0 : 1) })
  }
  return [...forms]
    .map(([form, counts]) => ({ form, ...counts }))
    .filter(({ ids, gone }) => gone >= LEAST_GONE && gone >= GONE_PER_LIVE * (ids - gone))
    .sort((one, other) => other.ids - one.ids)
}

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi
/** A number, hexadecimal digits, letters mixed with digits, or what Kubernetes draws from its own alphabet. */
const drawn =
  /^(?:\d+|[0-9a-f]{8,}|(?=.*\d)(?=.*[a-z])[a-z0-9]{4,}|[bcdfghjklmnpqrstvwxz2456789]{5,10})$/i

function formOf(instanceId: string): string {
  return instanceId
    .replace(uuid, '*')
    .replace(/[a-z0-9]+/gi, (word) => (drawn.test(word) ? '*' : word))
}
