import type { CellName } from '@winrate/shared-schema/contracts'
import type { NewEvent } from '../events/note-events.ts'
import type { MissingChanges } from './judge-missing.ts'

/** What began and ended with a judgement. */
export function missingEvents(
  { begun, ended, verdicts }: MissingChanges,
  by: string | undefined,
): readonly NewEvent[] {
  const event = (kind: NewEvent['kind'], cell: CellName, says: string): NewEvent => {
    const { taskType, modelName, provider, thinkingLevel } = cell
    const message = `${modelName} of ${provider} at ${taskType}: ${says}.`
    return { kind, taskType, modelName, provider, thinkingLevel, by, message }
  }
  const percent = (share: number) => `${Math.round(100 * share)} %`
  return [
    ...begun.map((cell) =>
      event('missing', cell, `only ${percent(cell.reportedShare)} of its outcomes are reported`),
    ),
    ...ended.map((cell) => event('complete', cell, 'its outcomes are reported again')),
    ...verdicts.begun.map((cell) =>
      event(
        'unequal',
        cell,
        `its answers have ${percent(cell.relativeShare)} of the verdicts that other models lead to expect`,
      ),
    ),
    ...verdicts.ended.map((cell) =>
      event('equal', cell, 'its answers are judged like those of the others'),
    ),
  ]
}
