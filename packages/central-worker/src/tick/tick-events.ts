// What a tick tells as events: what differs from the tick before, however many ticks see it.
import { isDeepStrictEqual } from 'node:util'
import type { SnapshotContent } from '@winrate/shared-schema/contracts'
import type { EventKind } from '@winrate/shared-schema/http'
import type { CellMetrics } from '../cells/cell-metrics.ts'
import type { NewEvent } from '../events/note-events.ts'
import type { QuarantineChanges } from '../quarantine/store-quarantines.ts'

export interface TickChanges {
  /** Cells with a break that the tick before did not know. */
  readonly broken: readonly CellMetrics[]
  readonly quarantines: QuarantineChanges
  /** Instances that an operator has decided on: the decision is an event of its own. */
  readonly decided: { has(instanceId: string): boolean }
  readonly leftOutCells: number
  /** By the snapshot before; undefined where there was none. */
  readonly before: (SnapshotContent & { readonly leftOutCells: number }) | undefined
  readonly content: SnapshotContent
  /** The worker that ticks. */
  readonly by: string | undefined
}

export function tickEvents(changes: TickChanges): readonly NewEvent[] {
  const events = [
    ...changes.broken.map(breakEvent),
    ...quarantineEvents(changes),
    ...leftOutEvents(changes),
    ...settingsEvents(changes),
    ...availabilityEvents(changes),
  ]
  return events.map((event) => ({ ...event, by: changes.by }))
}

function breakEvent(cell: CellMetrics): NewEvent {
  const { taskType, modelName, provider, thinkingLevel, changedAt, winRate, samples } = cell
  const level = thinkingLevel === '' ? '' : ` at thinking level ${thinkingLevel}`
  const since = changedAt?.toISOString().slice(0, 16).replace('T', ' ') ?? ''
  return {
    kind: 'break',
    ...{ taskType, modelName, provider, thinkingLevel },
    message: `${modelName} of ${provider}${level} changed at ${taskType}: it counts from ${since} UTC on, with a win rate of ${winRate.toFixed(2)} in ${samples} outcomes.`,
  }
}

function quarantineEvents({ quarantines, decided }: TickChanges): readonly NewEvent[] {
  const { changes, changesUntold } = quarantines
  const events = changes
    .filter(({ instanceId, reason }) => reason !== 'operator' && !decided.has(instanceId))
    .map(({ instanceId, change, cells, cellCount, samples }): NewEvent => {
      const where = `${cells.slice(0, 3).join(', ')}${cellCount > 3 ? ` and ${cellCount - 3} more` : ''}`
      return change === 'begun'
        ? {
            kind: 'quarantine',
            instanceId,
            message: `${instanceId} is left out: its win rate differs from that of the others in ${where} (${samples} outcomes).`,
          }
        : { kind: 'release', instanceId, message: `${instanceId} counts again in ${where}.` }
    })
  if (changesUntold === 0) return events
  const message = `And ${changesUntold} more instances began or ceased to be left out.`
  return [...events, { kind: 'quarantine', message }]
}

function leftOutEvents({ leftOutCells, before }: TickChanges): readonly NewEvent[] {
  const known = before?.leftOutCells ?? 0
  if (leftOutCells > 0 && known === 0) {
    const message =
      'Cells have no room and are left out: a client may invent task types, models or thinking levels.'
    return [{ kind: 'left-out', message }]
  }
  if (leftOutCells > 0 || known === 0) return []
  return [{ kind: 'left-out', message: 'All cells have room again.' }]
}

const settings = [
  ['policy', 'policy', 'The policy'],
  ['policy', 'confidence', 'How confidence is counted'],
  ['policy', 'windowDays', 'The window'],
  ['catalogue', 'catalogue', 'The catalogue'],
  ['catalogue', 'defaults', 'The default win rates'],
] as const satisfies readonly (readonly [EventKind, keyof SnapshotContent, string])[]

const MOST_TEXT_CHARS = 200

function settingsEvents({ before, content }: TickChanges): readonly NewEvent[] {
  // What is pinned repeats the settings of its time.
  if (before === undefined || before.pinnedFrom !== content.pinnedFrom) return []
  return settings.flatMap(([kind, field, what]) => {
    const [was, is] = [told(before[field]), told(content[field])]
    if (isDeepStrictEqual(was, is)) return []
    const message =
      isShort(was) && isShort(is)
        ? `${what} changed from ${textOf(was)} to ${textOf(is)}.`
        : `${what} changed.`
    return [{ kind, message }]
  })
}

/** Of a policy all but the experiment and the budget, whose changes are events of their own. */
function told(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const { holdout: _, budget: __, ...rest }: { holdout?: unknown; budget?: unknown } = value
  return Array.isArray(value) ? value : rest
}

function isShort(value: unknown): boolean {
  return value !== undefined && textOf(value).length <= MOST_TEXT_CHARS
}

function textOf(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing'
}

function availabilityEvents({ before, content }: TickChanges): readonly NewEvent[] {
  const known = namesOf(before)
  const now = namesOf(content)
  const event = (kind: EventKind, says: string, { provider, name }: Failing): NewEvent => ({
    kind,
    ...{ provider, modelName: name },
    message: `Calls of ${name} of ${provider} ${says}.`,
  })
  return [
    ...[...now].flatMap(([key, one]) =>
      known.has(key) ? [] : [event('failing', 'clearly fail now', one)],
    ),
    ...[...known].flatMap(([key, one]) =>
      now.has(key) ? [] : [event('answering', 'are answered again', one)],
    ),
  ]
}

type Failing = NonNullable<SnapshotContent['availability']>[number]

function namesOf(content: SnapshotContent | undefined): ReadonlyMap<string, Failing> {
  const all = content?.availability ?? []
  return new Map(all.map((one) => [`${one.provider}\0${one.name}`, one]))
}
