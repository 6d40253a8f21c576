// This instance's own outcomes, which count for it at once, until the snapshot that contains them is
// applied. Guarantees: nothing that the applied snapshot contains is shown, whatever was re-sent, split,
// recorded twice or recorded before a restart; what is hidden for that reason shows up again in the next
// snapshot at the latest after its message was counted; nothing here throws, and memory is bounded.
//   It rests on `queueWatermark`: no message of this id or a greater one is counted in the snapshot. Of
// the messages below it nearly all are; one that got its id before the watermark was read and was
// committed after it is not. Its outcomes leave with this snapshot and arrive with the next: unseen for
// one tick, never counted twice.
//   Nothing of it survives the process: after a restart own outcomes come by snapshot only.
import { type OutcomeMessage, UNKNOWN_PROVIDER } from '@winrate/shared-schema/contracts'
import { outcomeReward } from '@winrate/shared-schema/scoring'
import type { Clock } from '../runtime/clock.ts'
import { createAgeQueue } from './age-queue.ts'
import { createKnownOutcomes } from './known-outcomes.ts'
import { createNotedOutcomes, type NotedMessage, type NotedOutcome } from './noted-outcomes.ts'
import { OwnOutcome, type SnapshotInOverlay } from './own-outcome.ts'
import {
  cellKey,
  createPendingCells,
  noPending,
  type OverlayCandidate,
  type OwnResult,
  type Pending,
} from './pending-cells.ts'
import { createRecentRewards, noRewards } from './recent-rewards.ts'

/** What the overlay needs to know of a snapshot: a `Snapshot` fits. */
export interface AppliedSnapshot {
  readonly epoch: string
  readonly version: number
  readonly queueWatermark?: number | undefined
  readonly pinnedFrom?: number | undefined
  readonly windowDays: number
}

export interface Overlay {
  /** Grows whenever what is shown for a task type may have changed. */
  revision(taskType: string): number
  /** Of exactly this candidate. Made once, it goes on telling what is shown at the moment. */
  cell(taskType: string, candidate: OverlayCandidate): OverlayCell
  /** A snapshot is in use now. */
  snapshotApplied(snapshot: AppliedSnapshot): void
  /** An outcome was recorded. Tell what is returned what becomes of it. */
  note(message: NotedMessage): NotedOutcome
}

export interface OverlayCell {
  /** Own outcomes that the snapshot in use does not contain. */
  pending(): Pending
  /** Rewards of recent own outcomes, oldest first, whether or not the snapshot contains them. */
  recent(): readonly number[]
}

/** Outcomes shown at most; the oldest leave first. */
const OUTCOMES_KEPT = 10_000
const DAY_MS = 86_400_000
/** Before the first snapshot says it. */
const DEFAULT_WINDOW_DAYS = 7

export function createOverlay({ clock }: { readonly clock: Clock }): Overlay {
  const now = () => clock.now()
  const cells = createPendingCells()
  const recents = createRecentRewards(now)
  const known = createKnownOutcomes(now(), OUTCOMES_KEPT)
  const snapshot: SnapshotInOverlay = {
    watermark: undefined,
    beginsAnew: false,
    oldestMs: Number.NEGATIVE_INFINITY,
  }
  const queue = createAgeQueue(OUTCOMES_KEPT)
  let inUse: AppliedSnapshot | undefined
  let lastWatermark = 0
  const windowMs = () => (inUse?.windowDays ?? DEFAULT_WINDOW_DAYS) * DAY_MS
  const isFrozen = () => inUse?.pinnedFrom !== undefined

  /** An operator's pin repeats an old watermark: that it goes back means nothing. */
  function beginsAnew({ epoch, queueWatermark, pinnedFrom }: AppliedSnapshot): boolean {
    if (inUse !== undefined && inUse.epoch !== epoch) {
      lastWatermark = pinnedFrom === undefined ? (queueWatermark ?? 0) : 0
      return true
    }
    if (pinnedFrom !== undefined || queueWatermark === undefined) return false
    const wentBack = queueWatermark < lastWatermark
    lastWatermark = queueWatermark
    return wentBack
  }

  function correct(original: OwnOutcome, result: OwnResult | undefined): void {
    cells.touch(original.result.taskType)
    recents.remove(original.result)
    if (result === undefined) {
      original.leave()
      return
    }
    original.correct(result)
    recents.add(result)
    cells.touch(result.taskType)
  }

  function take(message: OutcomeMessage, isNew: boolean, nowMs: number): OwnOutcome {
    const result = resultOf(message, nowMs)
    const counts = message.failure !== 'transport'
    const original =
      message.corrects === undefined ? undefined : known.find(message.corrects.toLowerCase())
    if (original !== undefined) {
      correct(original, counts ? result : undefined)
      return original
    }
    const own = new OwnOutcome(cells, snapshot, result)
    // What a correction names, when it is not known, may be in the snapshot.
    if (!counts || message.corrects !== undefined) return own
    recents.add(result)
    if (!isNew || result.atMs < nowMs - windowMs()) {
      cells.touch(result.taskType)
      return own
    }
    own.show()
    queue.push(own)
    return own
  }

  const noted = createNotedOutcomes((message, nowMs) => {
    const id = message.outcome_id.toLowerCase()
    const before = known.find(id)
    if (before !== undefined) return before
    const own = take(message, known.isNew(id, nowMs), nowMs)
    known.add(id, own, nowMs)
    queue.trim(nowMs - windowMs())
    return own
  })

  return {
    revision(taskType) {
      noted.enterAll()
      return cells.revision(taskType)
    },
    cell(taskType, candidate) {
      const key = cellKey(taskType, candidate)
      return {
        pending() {
          noted.enterAll()
          return isFrozen() ? noPending : cells.read(key)
        },
        recent() {
          noted.enterAll()
          return isFrozen() ? noRewards : recents.read(key)
        },
      }
    },
    snapshotApplied(applied) {
      if (applied.epoch === inUse?.epoch && applied.version === inUse.version) return
      // They were recorded before it: its window is theirs, too.
      noted.enterAll()
      const wasFrozen = isFrozen()
      snapshot.beginsAnew = beginsAnew(applied)
      snapshot.watermark = applied.queueWatermark
      const { epoch, version, pinnedFrom, windowDays } = applied
      inUse = { epoch, version, pinnedFrom, windowDays }
      snapshot.oldestMs = now() - windowMs()
      queue.each((own) => own.snapshotApplied())
      if (wasFrozen !== isFrozen()) cells.touch()
    },
    note: (message) => noted.add(message, now()),
  }
}

function resultOf(message: OutcomeMessage, nowMs: number): OwnResult {
  const { success, response_quality: quality, occurred_at: occurredAt } = message
  return {
    taskType: message.task_type,
    cell: cellKey(message.task_type, {
      provider: message.provider ?? UNKNOWN_PROVIDER,
      modelName: message.model_name,
      thinkingLevel: message.thinking_level,
    }),
    reward: outcomeReward({ success, quality }),
    success,
    // The worker takes an outcome from the future for one of now, too.
    atMs: occurredAt === undefined ? nowMs : Math.min(Date.parse(occurredAt), nowMs),
  }
}
