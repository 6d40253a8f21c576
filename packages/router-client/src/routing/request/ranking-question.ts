import type { Preference } from '@winrate/shared-schema/scoring'
import { type CandidateInput, candidateInputKey } from '../table/candidate.ts'

export interface RankingQuestion {
  readonly taskType: string
  readonly preference?: Preference | undefined
  /** Those of the options, or every model that has a default win rate, when undefined. */
  readonly candidates?: readonly CandidateInput[] | undefined
  readonly thinkingLevel?: string | undefined
}

/** What candidates are scored by. Control characters cannot stand in names, so parts never run together. */
export function kindOfQuestion({ taskType, preference, thinkingLevel }: RankingQuestion): string {
  let key = taskType
  if (preference !== undefined) {
    const { winRate, cost, speed } = typeof preference === 'string' ? {} : preference
    key += typeof preference === 'string' ? ` ${preference}` : ` ${winRate},${cost},${speed}`
  }
  return thinkingLevel === undefined ? key : `${key}\u0001${thinkingLevel}`
}

export function rankingKey(question: RankingQuestion): string {
  const { candidates } = question
  let key = kindOfQuestion(question)
  if (candidates === undefined) return key
  key += '\u0002'
  for (const input of candidates) key += `\u0003${candidateInputKey(input)}`
  return key
}
