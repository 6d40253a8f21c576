// This instance's own outcomes. They count here at once, until the snapshot that contains them is applied.
// Guarantees: nothing that the applied snapshot contains is shown, whatever was re-sent, split, recorded
// twice or recorded before a restart; nothing here throws, and memory is bounded.
//   It rests on `queueWatermark`: a snapshot counts no message of this id or a greater one, and nearly all
// messages below it. A message that got its id before the watermark was read, but was committed after it,
// is missing: its outcomes leave with this snapshot and arrive with the next one. They are unseen for one
// tick, and never counted twice.
//   Nothing of the overlay survives the process: after a restart own outcomes come by snapshot only.
import {
  cellKey,
  failureKind,
  learnedTaskType,
  type ModelLevel,
  type OutcomeMessage,
  plainProvider,
  UNKNOWN_PROVIDER,
} from '@winrate/shared-schema/contracts'
import { type Evidence, noEvidence, outcomeReward } from '@winrate/shared-schema/scoring'
import type { Clock } from '../runtime/clock.ts'
import { KnownOutcomes } from './known-outcomes.ts'
import { type OverlaySnapshot, OwnOutcome, type OwnResult } from './own-outcome.ts'
import { noRewards, PendingSums, RecentRewards } from './own-sums.ts'

/** What the overlay needs to know of a snapshot: a `Snapshot` fits. */
export interface AppliedSnapshot {
  readonly epoch: string
  readonly version: number
  readonly queueWatermark?: number | undefined
  readonly pinnedFrom?: number | undefined
  readonly windowDays: number
  readonly late?: readonly string[] | undefined
}

/** What this instance knows of one cell. It stays current. */
export interface OverlayCell {
  /** Own outcomes that the snapshot in use does not contain. */
  pending(): Evidence
  /** Rewards of recent own outcomes, oldest first, whether or not the snapshot contains them. */
  recent(): readonly number[]
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Before the first snapshot says it. */
const DEFAULT_WINDOW_DAYS = 7

export class Overlay {
  readonly #clock: Clock
  readonly #sums = new PendingSums()
  readonly #recent = new RecentRewards()
  readonly #known: KnownOutcomes
  readonly #snapshot: OverlaySnapshot = {
    watermark: undefined,
    idsRestarted: false,
    oldestMs: Number.NEGATIVE_INFINITY,
  }
  #inUse: AppliedSnapshot | undefined
  #late: readonly string[] = []
  #lastWatermark = 0
  #sweptAtMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#sweptAtMs = clock.now()
    this.#known = new KnownOutcomes(this.#sweptAtMs)
  }

  /** Grows whenever what is shown for a task type may have changed. */
  revision(taskType: string): number {
    return this.#sums.revision(taskType)
  }

  /** Whether own outcomes are shown for a task type. */
  has(taskType: string): boolean {
    return this.#sums.has(taskType)
  }

  /** Of exactly this model and thinking level. */
  cell(taskType: string, model: ModelLevel): OverlayCell {
    const key = cellKey({ ...model, taskType, provider: plainProvider(model.provider) })
    return {
      pending: () => (this.#isSilent(taskType) ? noEvidence : this.#sums.read(key)),
      recent: () =>
        this.#isSilent(taskType) ? noRewards : this.#recent.read(key, this.#clock.now()),
    }
  }

  /**
   * Counts an outcome that may have been recorded before. What is returned must be told what becomes of the
   * outcome on its way to the queue.
   */
  record(outcomeId: string, message: OutcomeMessage, nowMs: number): OwnOutcome {
    const id = outcomeId.toLowerCase()
    return this.#known.find(id) ?? this.#add(id, message, this.#known.isNew(id, nowMs), nowMs)
  }

  /** As `record`, for an outcome whose id was made just now. */
  recordNew(outcomeId: string, message: OutcomeMessage, nowMs: number): OwnOutcome {
    return this.#add(outcomeId, message, true, nowMs)
  }

  /** The id to correct in order to say more about an outcome of this life; undefined for an unknown id. */
  firstIdOf(outcomeId: string | undefined): string | undefined {
    return outcomeId === undefined ? undefined : this.#known.find(outcomeId.toLowerCase())?.id
  }

  /** A snapshot is in use now. */
  snapshotApplied(applied: AppliedSnapshot): void {
    const { epoch, version, pinnedFrom, windowDays, late = [] } = applied
    if (epoch === this.#inUse?.epoch && version === this.#inUse.version) return
    const wasPinned = this.#isPinned()
    const lateBefore = this.#late
    this.#snapshot.idsRestarted = this.#haveIdsRestarted(applied)
    this.#snapshot.watermark = applied.queueWatermark
    this.#inUse = { epoch, version, pinnedFrom, windowDays }
    this.#late = late
    this.#snapshot.oldestMs = this.#windowStartMs(this.#clock.now())
    for (const own of this.#known) own.snapshotApplied()
    if (wasPinned !== this.#isPinned() || `${lateBefore}` !== `${late}`) this.#sums.touch()
  }

  #add(id: string, message: OutcomeMessage, isNew: boolean, nowMs: number): OwnOutcome {
    const own = this.#count(id, message, isNew, nowMs)
    this.#known.add(id, own, nowMs)
    // It took the place of an earlier one.
    if (own.id !== id && this.#known.find(own.id) !== own) this.#known.add(own.id, own, nowMs)
    if (nowMs - this.#sweptAtMs >= HOUR_MS) this.#sweep(nowMs)
    return own
  }

  #count(id: string, message: OutcomeMessage, isNew: boolean, nowMs: number): OwnOutcome {
    const { corrects } = message
    const counts = isSample(message)
    const original = corrects === undefined ? undefined : this.#known.find(corrects.toLowerCase())
    const result = resultOf(message, nowMs, original?.result)
    const isFirst = original === undefined || (counts && original.isCountedNowhere)
    if (!isFirst) {
      // What is said without a verdict never erases one.
      if (isUnjudged(message)) return original
      this.#correct(original, counts ? result : undefined)
      return original
    }
    const own = new OwnOutcome(original?.id ?? id, this.#sums, this.#snapshot, result)
    own.isCountedNowhere = !counts && isNew && corrects === undefined
    // The original of a correction, when it is not known here, may be in the snapshot.
    if (!counts || (corrects !== undefined && original === undefined)) return own
    this.#recent.add(result)
    if (isNew && result.atMs >= this.#windowStartMs(nowMs)) own.show()
    else this.#sums.touch(result.taskType)
    return own
  }

  #correct(original: OwnOutcome, result: OwnResult | undefined): void {
    this.#sums.touch(original.result.taskType)
    this.#recent.remove(original.result)
    if (result === undefined) {
      original.leave()
      return
    }
    original.correct(result)
    this.#recent.add(result)
    this.#sums.touch(result.taskType)
  }

  /** Without new snapshots, outcomes leave the window all the same. */
  #sweep(nowMs: number): void {
    this.#sweptAtMs = nowMs
    const startMs = this.#windowStartMs(nowMs)
    for (const own of this.#known) if (own.result.atMs < startMs) own.leave()
  }

  #windowStartMs(nowMs: number): number {
    return nowMs - (this.#inUse?.windowDays ?? DEFAULT_WINDOW_DAYS) * DAY_MS
  }

  /** Where one verdict arrives late, the newest outcomes are mostly of the other one. */
  #isSilent(taskType: string): boolean {
    return this.#isPinned() || this.#late.includes(taskType)
  }

  /** A pinned snapshot shows what the operator chose, and nothing besides. */
  #isPinned(): boolean {
    return this.#inUse?.pinnedFrom !== undefined
  }

  /** A pinned snapshot repeats an old watermark: a watermark that goes back means nothing then. */
  #haveIdsRestarted({ epoch, queueWatermark, pinnedFrom }: AppliedSnapshot): boolean {
    if (this.#inUse !== undefined && this.#inUse.epoch !== epoch) {
      this.#lastWatermark = pinnedFrom === undefined ? (queueWatermark ?? 0) : 0
      return true
    }
    if (pinnedFrom !== undefined || queueWatermark === undefined) return false
    const wentBack = queueWatermark < this.#lastWatermark
    this.#lastWatermark = queueWatermark
    return wentBack
  }
}

/** Whether the outcome says something about the model. */
function isSample(message: OutcomeMessage): boolean {
  const { failure } = message
  if (failure === undefined) return !isUnjudged(message)
  return (failureKind(failure) ?? 'quality') === 'quality'
}

/** Whether the model answered and nobody judged the answer. */
function isUnjudged({ success, failure }: OutcomeMessage): boolean {
  return success === null && failure === undefined
}

/** @param earlier What was said of the same call before. */
function resultOf(message: OutcomeMessage, nowMs: number, earlier?: OwnResult): OwnResult {
  const { success, response_quality: quality, occurred_at: occurredAt, task_type, after } = message
  const model = {
    provider: plainProvider(message.provider ?? UNKNOWN_PROVIDER),
    modelName: message.model_name,
    thinkingLevel: message.thinking_level,
  }
  const asked = cellKey({ ...model, taskType: task_type })
  // What failed before need not be said again.
  const isSaid = after === undefined && earlier?.asked === asked
  const taskType = isSaid ? earlier.taskType : learnedTaskType(task_type, after)
  return {
    taskType,
    asked,
    cell: taskType === task_type ? asked : cellKey({ ...model, taskType }),
    reward: outcomeReward({ success: success === true, quality }),
    // The worker counts an outcome from the future as one of now, too.
    atMs: occurredAt === undefined ? nowMs : Math.min(Date.parse(occurredAt), nowMs),
  }
}
