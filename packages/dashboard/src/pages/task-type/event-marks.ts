import type { WinrateEvent } from '@winrate/shared-schema/http'
import type { TimeMark } from '../../charts/time-frame.tsx'

/** Events as marks on an axis of time. */
export function marksOf(events: readonly WinrateEvent[]): TimeMark[] {
  return events.map(({ id, at, kind, modelName, message }) => ({
    id,
    atMs: Date.parse(at),
    label: modelName === null ? kind : `${kind}: ${modelName}`,
    message,
  }))
}
