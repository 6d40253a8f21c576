import type {
  CallFactors,
  CellPosterior,
  ModelFacts,
  WinRateEstimate,
} from '@winrate/shared-schema/scoring'
import type { OverlayCell } from '../../overlay/overlay.ts'

/** A model that a decision may name, as it is to be called. */
export interface Candidate {
  readonly provider: string
  /**
   * The API that serves the model, which tells the SDK to call it with: `openai` for the provider `codex`. The catalogue says it;
   * where it does not, the provider's name.
   */
  readonly api: string
  /** The provider's own id of the model, to call with. */
  readonly model: string
  /** The name that win rates are kept under: the catalogue key, or the candidate's own name. */
  readonly modelName: string
  readonly thinkingLevel?: string | undefined
}

/** Stands in a decision for which no candidate was allowed. */
export const noModel: Candidate = Object.freeze({ provider: '', api: '', model: '', modelName: '' })

/** A candidate with what a table knows of it at a task type. */
export interface KnownCandidate {
  readonly candidate: Candidate
  readonly facts: ModelFacts
  /** The wanted thinking level is one that this model does not have. */
  readonly lacksLevel: boolean
  /** Its thinking level was chosen here: neither the request nor its candidate names one. */
  readonly choosesLevel: boolean
  readonly estimate: WinRateEstimate
  /** From the snapshot alone; undefined under a policy that does not choose by posteriors. */
  readonly posterior: CellPosterior | undefined
  readonly factors: CallFactors
  readonly own: OverlayCell
}

export function isSameCandidate(one: Candidate, other: Candidate): boolean {
  return (
    one.modelName === other.modelName &&
    one.provider === other.provider &&
    one.thinkingLevel === other.thinkingLevel
  )
}
