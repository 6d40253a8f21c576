import type { TaskType } from '@winrate/shared-schema/contracts'
import type { WinRateEstimate } from '@winrate/shared-schema/scoring'
import type { Outcome } from './outcomes/record/outcome.ts'
import type { OutcomeStatus, RecordedEvent } from './outcomes/record/outcome-recorder.ts'
import type { DroppedEvent } from './outcomes/send/drop-counter.ts'
import type { FlushResult } from './outcomes/send/outcome-sender.ts'
import type { RankedModel } from './routing/choice/ranking.ts'
import type { Explanation } from './routing/explanation.ts'
import type { Decision } from './routing/memory/decision.ts'
import type { RouteOptions } from './routing/request/route-options.ts'
import type { DecisionCounts } from './routing/task-router.ts'
import type { ReadyResult, SnapshotInUse, SnapshotStatus } from './snapshots/snapshot-status.ts'

/**
 * What a request says: a string, a message, or a list of messages in the shape of any common SDK. Read
 * only for limits (tokens, images, tool calls), and hashed when the outcome is recorded.
 */
export type Messages = string | object

/** What a router tells, by event name. */
export interface RouterEvents {
  /** A snapshot is in use now. */
  readonly snapshot: SnapshotInUse
  /** No news from the source for `staleAfterMs`; told once, until `recovered`. */
  readonly stale: { readonly ageMs: number; readonly version: number | undefined }
  /** Snapshots arrive, or outcomes are sent, again. */
  readonly recovered: { readonly part: 'snapshots' | 'outcomes' }
  /** An outcome was recorded; its id serves to correct it later. */
  readonly recorded: RecordedEvent
  /** Outcomes were lost. */
  readonly dropped: DroppedEvent
  /** An attempt failed. The router goes on by itself. */
  readonly error: { readonly part: 'snapshots' | 'outcomes'; readonly problem: string }
}

/** How a router is doing. */
export interface RouterStatus extends SnapshotStatus {
  readonly instanceId: string
  readonly decisions: DecisionCounts
  readonly outcomes: OutcomeStatus
  readonly closed: boolean
}

/** How to rank when nothing is routed. */
export type RankOptions = Pick<RouteOptions, 'prefer' | 'candidates' | 'thinkingLevel'>

/** Decides which model does a task, in process, from what the fleet has learned. */
export interface Router {
  /**
   * Waits for the first snapshot. Always settles, never rejects; a failing source settles it at once,
   * as the router serves from disk or defaults meanwhile. Routing does not need it.
   *
   * @param options.timeoutMs Longest wait in milliseconds. Default 5000.
   */
  ready(options?: { readonly timeoutMs?: number }): Promise<ReadyResult>
  /**
   * Chooses the model for a request. Synchronous, without I/O, never throws: whatever is wrong with the
   * arguments is said in the decision's `reason` and `problems`.
   *
   * @param taskType One of the built-in kinds of work, or one of your own, `[a-z][a-z0-9_-]{0,62}`.
   */
  route(messages: Messages, taskType: TaskType, options?: RouteOptions): Decision
  /** Every candidate, best first. Constraints do not apply. */
  rankedForTask(taskType: TaskType, options?: RankOptions): readonly RankedModel[]
  /**
   * What is known of a model at a task type, by the threshold rule.
   *
   * @param model Catalogue key or concrete id.
   * @param provider Default: the catalogue's, else any.
   */
  getWinRate(taskType: TaskType, model: string, provider?: string): WinRateEstimate
  /**
   * Records how a call went. Late, repeated and corrected outcomes are legal. Synchronous, never throws;
   * a `dropped` outcome is counted by reason, told by the event `dropped` and warned of.
   */
  recordPreference(outcome: Outcome): 'queued' | 'dropped'
  /** Why a model was chosen, in words and numbers. Never throws. */
  explain(decision: Decision): Explanation
  status(): RouterStatus
  /**
   * Listens to an event until the returned function is called. A listener that throws is logged and
   * harms nothing.
   */
  on<N extends keyof RouterEvents>(name: N, listener: (event: RouterEvents[N]) => void): () => void
  /** Sends what was recorded so far. Always settles. Default timeout 5000 ms. */
  flush(options?: { readonly timeoutMs?: number }): Promise<FlushResult>
  /**
   * Flushes, then ends every timer and connection. Always settles, may be called again. Default timeout
   * 5000 ms. Decisions can still be made afterwards, outcomes are dropped.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<FlushResult>
  [Symbol.asyncDispose](): Promise<void>
}
