import type { ExplainedCandidate } from '@winrate/shared-schema/http'
import type { Step } from '../../charts/waterfall.tsx'

type Parts = NonNullable<ExplainedCandidate['parts']>

const names: Readonly<Record<keyof Parts, readonly [name: string, title: string]>> = {
  base: ['Base', 'How well models do at this task type on the whole'],
  default: ['Default', 'What its default win rate adds'],
  elsewhere: ['Elsewhere', 'What it does at other task types'],
  related: ['Related', 'Faded or undrawn outcomes, and other thinking levels'],
  own: ['Own evidence', 'Its outcomes at this task type'],
  failures: ['Failed calls', 'Calls that are not answered'],
  cost: ['Cost', 'What a call costs beside the others'],
  speed: ['Speed', 'How long a call takes beside the others'],
  caution: ['Caution', 'Care with models of which hardly anything is known'],
}

/** The parts of a score that matter, in the order in which they are added up. */
export function stepsOf({ parts }: Pick<ExplainedCandidate, 'parts'>): Step[] {
  if (parts === null) return []
  return Object.entries(names).flatMap(([key, [name, title]]) => {
    const value = parts[key as keyof Parts]
    return key !== 'base' && Math.abs(value) < 0.0005 ? [] : [{ name, title, value }]
  })
}
